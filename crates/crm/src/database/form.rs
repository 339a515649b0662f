//! The forms in which one number may stand in a table: `+628…`, `628…`, `08…`.

use model::phone::{self, Region};

/// Every form of a number, E.164 first. The national ones only where they mean this number in `region`.
pub fn written_forms(e164: &str, region: Option<Region>) -> Vec<String> {
    let digits = e164.trim_start_matches('+');
    let mut forms = vec![e164.to_owned(), digits.to_owned(), format!("00{digits}")];
    let national = region.and_then(|region| digits.strip_prefix(&region.calling_code().to_string()));
    for form in national.into_iter().flat_map(|national| [format!("0{national}"), national.to_owned()]) {
        if phone::look_up(&form, region).as_deref() == Some(e164) {
            forms.push(form);
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_in_the_forms_that_people_write() {
        let indonesia = Region::named("ID");
        let forms = written_forms("+6281234567890", indonesia);
        for form in ["+6281234567890", "6281234567890", "081234567890"] {
            assert!(forms.iter().any(|known| known == form), "{form}: {forms:?}");
        }
        assert!(!written_forms("+6281234567890", None).contains(&"081234567890".to_owned()));
        assert!(!written_forms("+491711234567", indonesia).iter().any(|form| form.starts_with("017")));
    }
}
