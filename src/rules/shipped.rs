//! The rule set that comes with the program: `config/rules/cn-nbphs3`, as it was when it was built.

/// Its files as (name, text), for [`super::RuleTable::load`].
pub fn shipped() -> Vec<(String, String)> {
    macro_rules! files {
        ($($name:literal),* $(,)?) => {
            [$(($name, include_str!(concat!("../../config/rules/cn-nbphs3/", $name)))),*]
        };
    }
    files![
        "care.toml",
        "glucose_high.toml",
        "glucose_low.toml",
        "meta.toml",
        "phrases.toml",
        "pressure_level.toml",
        "pressure_low.toml",
        "pressure_trend.toml",
        "pulse.toml",
        "signs.toml",
        "sources.toml",
        "targets.toml",
        "tiers.toml",
    ]
    .map(|(name, text)| (name.to_owned(), text.to_owned()))
    .to_vec()
}
