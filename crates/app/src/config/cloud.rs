//! Microsoft's clouds: which hosts belong together. Tokens of one are worth nothing in another.
//!
//! Source: Microsoft Graph, "National cloud deployments".

/// One of Microsoft's clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// As the configuration calls it.
    pub name: &'static str,
    /// Other names that people use.
    aliases: &'static [&'static str],
    /// Where people and programs sign in.
    pub authority: &'static str,
    /// Graph's root, without version.
    pub graph: &'static str,
}

impl Cloud {
    /// Every cloud known by name; others are reached by giving their addresses.
    pub const ALL: &'static [Cloud] = &[
        Cloud {
            name: "global",
            aliases: &["public", "gcc", "worldwide"],
            authority: "https://login.microsoftonline.com",
            graph: "https://graph.microsoft.com",
        },
        Cloud {
            name: "us-government",
            aliases: &["gcc-high", "usgov", "us-gov"],
            authority: "https://login.microsoftonline.us",
            graph: "https://graph.microsoft.us",
        },
        Cloud {
            name: "us-defense",
            aliases: &["dod", "us-dod"],
            authority: "https://login.microsoftonline.us",
            graph: "https://dod-graph.microsoft.us",
        },
        Cloud {
            name: "china",
            aliases: &["21vianet", "cn"],
            authority: "https://login.chinacloudapi.cn",
            graph: "https://microsoftgraph.chinacloudapi.cn",
        },
    ];

    /// The cloud of this name, in any case, with `_` for `-`.
    pub fn named(name: &str) -> Option<Cloud> {
        let wanted = name.to_ascii_lowercase().replace('_', "-");
        Self::ALL.iter().copied().find(|cloud| cloud.name == wanted || cloud.aliases.contains(&wanted.as_str()))
    }

    /// The cloud whose Graph or sign-in host this is.
    pub fn of_host(host: &str) -> Option<Cloud> {
        let address = format!("https://{host}");
        Self::ALL.iter().copied().find(|cloud| cloud.graph == address || cloud.authority == address)
    }
}
