//! Objects of Graph of which any property may be missing: read as far as they are there, written as far as they are named.

/// Declares such an object. A property that is `None` is left as it is by a `PATCH`.
macro_rules! optional {
    ($($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub struct $name {$(
            $(#[$doc])*
            #[serde(skip_serializing_if = "Option::is_none")]
            pub $field: Option<$kind>,
        )*}
    )*};
}

pub(super) use optional;
