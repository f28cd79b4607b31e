//! The parts of a rule set that are read on their own: operating values, limits, hours, profiles.

use std::collections::BTreeMap;

use toml::Spanned;

use super::check;
use super::fault::TableFault;
use super::file::{Exact, RawFile, RawParam, RawParams, RawQuiet, RawSuspect};
use super::load::{Place, Text};
use super::{
    Bilingual, BpProfile, BpRow, GlucoseProfile, GlucoseRow, Params, QuietHours, Source,
    SuspectLimits,
};

pub(super) fn params(raw: &RawParams, place: &Place) -> Result<Params, TableFault> {
    let whole = |name: &str, raw: &Spanned<RawParam>| {
        use rust_decimal::prelude::ToPrimitive;
        let Exact(value) = raw.get_ref().value;
        value
            .to_i64()
            .filter(|v| value.is_integer() && *v > 0)
            .ok_or_else(|| TableFault::Value {
                file: place.file.clone(),
                line: place.line,
                owner: format!("[param] {name}"),
                problem: format!("{value} is not a whole number above 0"),
            })
    };
    let mgdl_per_mmol = raw.mgdl_per_mmol.get_ref().value.0;
    if mgdl_per_mmol.is_zero() || mgdl_per_mmol.is_sign_negative() {
        return Err(TableFault::Value {
            file: place.file.clone(),
            line: place.line,
            owner: "[param] mgdl_per_mmol".to_owned(),
            problem: format!("{mgdl_per_mmol} is not above 0"),
        });
    }
    Ok(Params {
        session_gap_min: whole("session_gap_min", &raw.session_gap_min)?,
        remeasure_after_s: whole("remeasure_after_s", &raw.remeasure_after_s)?,
        third_if_diff_mmhg: raw.third_if_diff_mmhg.get_ref().value.0,
        confirm_wait_min: whole("confirm_wait_min", &raw.confirm_wait_min)?,
        current_max_age_min: whole("current_max_age_min", &raw.current_max_age_min)?,
        hypo_retest_min: whole("hypo_retest_min", &raw.hypo_retest_min)?,
        hypo_event_gap_min: whole("hypo_event_gap_min", &raw.hypo_event_gap_min)?,
        standing_max_min: whole("standing_max_min", &raw.standing_max_min)?,
        meal_before_max_min: whole("meal_before_max_min", &raw.meal_before_max_min)?,
        meal_after_max_min: whole("meal_after_max_min", &raw.meal_after_max_min)?,
        fast_pulse_gap_min: whole("fast_pulse_gap_min", &raw.fast_pulse_gap_min)?,
        future_max_min: whole("future_max_min", &raw.future_max_min)?,
        mgdl_per_mmol,
    })
}

pub(super) fn suspect_limits(
    raw: &RawSuspect,
    sources: &BTreeMap<String, Source>,
    place: &Place,
) -> Result<SuspectLimits, TableFault> {
    let value = |name: &str, raw: &Spanned<RawParam>| {
        check::number(sources, &place.file, place.line, name, raw.get_ref())?;
        Ok(raw.get_ref().value.0)
    };
    Ok(SuspectLimits {
        pulse_pressure_min: value("pulse_pressure_min", &raw.pulse_pressure_min)?,
        pulse_pressure_max: value("pulse_pressure_max", &raw.pulse_pressure_max)?,
        map_ratio_min: value("map_ratio_min", &raw.map_ratio_min)?,
        map_ratio_max: value("map_ratio_max", &raw.map_ratio_max)?,
    })
}

pub(super) fn quiet_hours(raw: &RawQuiet, place: &Place) -> Result<QuietHours, TableFault> {
    let time = |name: &str, text: &Spanned<String>| {
        jiff::civil::Time::strptime("%H:%M", text.get_ref()).map_err(|_| TableFault::Value {
            file: place.file.clone(),
            line: place.line,
            owner: format!("[quiet] {name}"),
            problem: format!("`{}` is not a time of day such as 21:00", text.get_ref()),
        })
    };
    Ok(QuietHours {
        from: time("from", &raw.from)?,
        to: time("to", &raw.to)?,
    })
}

pub(super) type Profiles = (Vec<BpProfile>, Vec<GlucoseProfile>);

pub(super) fn profiles(
    parsed: &mut [(Text<'_>, RawFile)],
    sources: &BTreeMap<String, Source>,
) -> Result<Profiles, TableFault> {
    let (mut bp, mut glucose): Profiles = Default::default();
    for (text, raw) in parsed {
        for profile in raw.bp_profile.drain(..) {
            let id = check::profile(text, &profile.id, &profile.src, sources, &|id| {
                bp.iter().any(|p: &BpProfile| p.id == id)
            })?;
            let rows = profile.rows.into_iter().map(|r| BpRow {
                age_min: r.age_min,
                age_max: r.age_max,
                sbp: r.sbp.0,
                dbp: r.dbp.0,
            });
            bp.push(BpProfile {
                id,
                name: Bilingual {
                    zh: profile.zh,
                    en: profile.en,
                },
                src: profile.src.into_iter().map(Spanned::into_inner).collect(),
                rows: rows.collect(),
            });
        }
        for profile in raw.glucose_profile.drain(..) {
            let id = check::profile(text, &profile.id, &profile.src, sources, &|id| {
                glucose.iter().any(|p: &GlucoseProfile| p.id == id)
            })?;
            let rows = profile.rows.into_iter().map(|r| GlucoseRow {
                health: r.health.health(),
                risk_drug: r.risk_drug.flag(),
                fasting_low: r.fasting_low.0,
                fasting_high: r.fasting_high.0,
                inclusive: r.inclusive,
                nonfasting_high: r.nonfasting_high.0,
                bedtime_low: r.bedtime_low.map(|e| e.0),
                bedtime_high: r.bedtime_high.map(|e| e.0),
            });
            glucose.push(GlucoseProfile {
                id,
                name: Bilingual {
                    zh: profile.zh,
                    en: profile.en,
                },
                src: profile.src.into_iter().map(Spanned::into_inner).collect(),
                rows: rows.collect(),
            });
        }
    }
    Ok((bp, glucose))
}
