//! The whole examination, from what is nearest to what is farthest.

use base::Clock;

use super::finding::{Examination, Finding};
use super::{local, microsoft, redirect};
use crate::cli::Doctor;
use crate::config::{Notice, Settings};
use crate::failure::{Failure, Status};
use crate::screen::Screen;

/// Looks at everything and prints what was found.
///
/// # Errors
/// Never: what fails is a finding.
pub async fn examine(arguments: &Doctor, settings: Result<(Settings, Vec<Notice>), Failure>, screen: Screen) -> Result<Status, Failure> {
    let findings = match settings {
        Err(refused) => {
            refused.problems.iter().map(|problem| configuration_problem(&problem.title, &problem.detail, &problem.action)).collect()
        }
        Ok((settings, notices)) => {
            crate::logging::start(settings.log);
            findings(arguments, &settings, &notices).await
        }
    };
    let examination = Examination { findings };
    screen.result(&examination);
    Ok(examination.status())
}

async fn findings(arguments: &Doctor, settings: &Settings, notices: &[Notice]) -> Vec<Finding> {
    let clock = Clock::system();
    let mut findings = vec![Finding::well("configuration", "every value can be right")];
    findings.extend(notices.iter().map(|notice| Finding::note("configuration", notice.0.clone(), "nothing, if that is what you mean")));
    findings.extend(local::findings(settings, &clock).await);
    findings.extend(redirect::findings(settings));
    if arguments.offline {
        findings.push(Finding::left_out("Microsoft", "not asked, because of --offline"));
    } else {
        findings.extend(microsoft::findings(settings, &clock).await);
    }
    findings
}

fn configuration_problem(title: &str, detail: &str, action: &str) -> Finding {
    Finding::wrong("configuration", format!("{title} {detail}"), action)
}
