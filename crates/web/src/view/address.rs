//! Addresses of ours with a query.

use url::form_urlencoded::Serializer;

/// `path?name=value&…`, without those that are empty.
pub fn with(path: &str, query: &[(&str, &str)]) -> String {
    let given: Vec<_> = query.iter().filter(|(_, value)| !value.is_empty()).collect();
    if given.is_empty() {
        return path.to_owned();
    }
    let mut text = Serializer::new(String::new());
    for (name, value) in given {
        text.append_pair(name, value);
    }
    format!("{path}?{}", text.finish())
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn what_is_empty_is_left_out_and_the_rest_is_encoded() {
        assert_eq!(with("/search", &[("q", "a & b=c"), ("before", "")]), "/search?q=a+%26+b%3Dc");
        assert_eq!(with("/search", &[("q", "")]), "/search");
    }
}
