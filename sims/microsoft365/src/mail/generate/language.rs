//! What people write, in thirteen languages and nine scripts.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::ids::Ids;

static LANGUAGES: LazyLock<Vec<Language>> =
    LazyLock::new(|| serde_json::from_str(include_str!("languages.json")).expect("languages.json is part of the source"));

const PRODUCTS: [&str; 8] = ["XR-200", "valve kit", "Model 7", "sensor board", "A4 frames", "LX pump", "dock light", "T-14"];

/// One language with the companies and people that write it.
#[derive(Debug, Deserialize)]
pub(super) struct Language {
    pub(super) code: String,
    /// Hours ahead of UTC, for the dates of its mail.
    pub(super) offset_h: i8,
    #[serde(default)]
    pub(super) rtl: bool,
    pub(super) companies: Vec<(String, String)>,
    pub(super) people: Vec<String>,
    pub(super) subjects: Vec<String>,
    pub(super) hello: String,
    ask: Vec<String>,
    answer: Vec<String>,
    more: Vec<String>,
    pub(super) bye: String,
    pub(super) wrote: String,
    pub(super) away: String,
}

/// What a thread is about: fills the blanks of its sentences, the same throughout.
#[derive(Debug, Clone)]
pub(super) struct Matter {
    product: &'static str,
    count: u64,
    number: u64,
}

impl Matter {
    pub(super) fn draw(ids: &mut Ids) -> Self {
        let product = PRODUCTS[ids.below(PRODUCTS.len() as u64) as usize];
        Self { product, count: 2 + ids.below(60), number: 10_000 + ids.below(89_999) }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn fill(&self, text: &str) -> String {
        text.replace("{product}", self.product).replace("{count}", &self.count.to_string()).replace("{n}", &self.number.to_string())
    }
}

impl Language {
    pub(super) fn all() -> &'static [Language] {
        &LANGUAGES
    }

    /// What the writer of a thread's `step`-th message has to say; step 0 is the customer's first.
    pub(super) fn sentence(&self, step: usize, matter: &Matter, ids: &mut Ids) -> String {
        let choices = match step {
            0 => &self.ask,
            step if step % 2 == 1 => &self.answer,
            _ => &self.more,
        };
        matter.fill(pick::<String>(choices, ids))
    }
}

/// One of the choices.
pub(super) fn pick<'a, T>(choices: &'a [T], ids: &mut Ids) -> &'a T {
    &choices[ids.below(choices.len() as u64) as usize]
}
