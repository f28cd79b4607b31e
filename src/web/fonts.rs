//! The fonts a PNG is written with: found on this machine, kept in memory.

use std::sync::Arc;

use resvg::usvg::fontdb::{Database, ID, Source, Style};

use crate::charts::png::face_for;

/// What a chart asks of its font: Chinese, letters, figures and the marks of a legend.
const PROBE: &str = "晨安血压 Aa 0–9 ·";

/// Families known to look right beside each other, best first.
const KNOWN: [&str; 6] = [
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
];

/// Fonts for PNG, and whether they can write Chinese.
#[derive(Debug, Clone)]
pub struct Fonts {
    pub database: Arc<Database>,
    /// The family that has Chinese. Without one, `serve` and `check-config` say so: a PNG then lacks
    /// its Chinese labels, and on Debian `apt install fonts-noto-cjk` (or `fonts-wqy-microhei`) helps.
    pub chinese: Option<String>,
}

impl Fonts {
    /// Looks through the system's fonts. Reads files, some of them of 20 MB: once per process, and
    /// off the threads that answer requests.
    pub fn load() -> Self {
        let mut system = Database::new();
        system.load_system_fonts();
        Fonts::choose(system)
    }

    /// Picks the family of `system` that has Chinese and keeps only its faces.
    fn choose(mut system: Database) -> Self {
        let any = system
            .faces()
            .next()
            .and_then(|face| family(&system, face.id));
        if let Some(any) = any {
            system.set_sans_serif_family(any.clone());
            system.set_serif_family(any);
        }
        let system = Arc::new(system);
        let known = KNOWN.into_iter().find(|name| has_family(&system, name));
        let chinese = known.map(str::to_owned).or_else(|| {
            let face = face_for("晨安", &system)?;
            family(&system, face)
        });
        let Some(name) = chinese else {
            return Fonts {
                database: system,
                chinese: None,
            };
        };
        let mut database = in_memory(&system, &name);
        database.set_sans_serif_family(name.clone());
        database.set_serif_family(name.clone());
        let database = Arc::new(database);
        if face_for(PROBE, &database).is_some() {
            return Fonts {
                database,
                chinese: Some(name),
            };
        }
        // A font of Chinese characters alone: letters must come from the others.
        let mut system = Arc::unwrap_or_clone(system);
        system.set_sans_serif_family(name.clone());
        Fonts {
            database: Arc::new(system),
            chinese: Some(name),
        }
    }
}

fn has_family(fonts: &Database, name: &str) -> bool {
    fonts
        .faces()
        .any(|face| face.families.iter().any(|(family, _)| family == name))
}

fn family(fonts: &Database, face: ID) -> Option<String> {
    Some(fonts.face(face)?.families.first()?.0.clone())
}

/// The regular and the bold face of a family, read into memory: fontdb would otherwise read the file
/// again for every text.
fn in_memory(system: &Database, name: &str) -> Database {
    let mut files: Vec<&std::path::Path> = Vec::new();
    for face in system.faces() {
        let named = face.families.iter().any(|(family, _)| family == name);
        let wanted = face.style == Style::Normal && matches!(face.weight.0, 400 | 700);
        if let (true, Source::File(path)) = (named && wanted, &face.source)
            && !files.contains(&path.as_path())
        {
            files.push(path);
        }
    }
    let mut database = Database::new();
    for bytes in files
        .into_iter()
        .filter_map(|path| std::fs::read(path).ok())
    {
        database.load_font_data(bytes);
    }
    database
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_font_is_said_not_hidden() {
        let fonts = Fonts::choose(Database::new());
        assert_eq!(fonts.chinese, None);
    }
}
