//! The API: who may ask, what they may see of it, and the nouns as the outside reads them. The console reads through the same
//! views, so that no page shows what the API would not.
