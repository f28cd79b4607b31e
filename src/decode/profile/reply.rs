//! `[reply]`: what a source expects as the answer to its message.

use super::fields::{Scope, whole};
use super::model::ReplyRule;
use super::parse::Parsed;
use super::section::{Item, nearest_clause};
use super::source::Sources;
use super::topic::TopicFilter;

pub(super) fn reply(item: &Item<'_>, scope: &Scope<'_>) -> Parsed<ReplyRule> {
    let section = item.table("[reply]")?;
    let mut echo = Vec::new();
    if let Some(table) = section.get("echo") {
        for (name, _, source) in table.table("echo = { id = \"/id\" }")?.entries() {
            echo.push((name.to_owned(), scope.sources(&source)?));
        }
    }
    let text = |key, example, default: &str| -> Parsed<String> {
        let item: Option<Item<'_>> = section.get(key);
        Ok(item
            .map(|i| i.text(example))
            .transpose()?
            .unwrap_or(default)
            .to_owned())
    };
    if let Some(body) = section.get("body") {
        placeholders(&body, &echo, scope)?;
    }
    if let Some(media) = section.get("content_type") {
        media_type(&media)?;
    }
    let rule = ReplyRule {
        status: u16::try_from(whole(&section, "status", 200..=299, 200)?)
            .expect("200 to 299 fits in 16 bits"),
        content_type: text("content_type", "application/json", "application/json")?,
        body: text("body", "{\"code\":0}", "")?,
        topic: match section.get("topic") {
            Some(topic) => Some(reply_topic(&topic, scope)?),
            None => None,
        },
        echo,
    };
    section.finish()?;
    Ok(rule)
}

/// Every `{name}` of a reply's body is one of `echo` or a named level of each topic.
fn placeholders(item: &Item<'_>, echo: &[(String, Sources)], scope: &Scope<'_>) -> Parsed<()> {
    let is_name = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let pieces = item.text("{\"code\":0}")?.split('{').skip(1);
    for name in pieces
        .filter_map(|p| Some(p.split_once('}')?.0))
        .filter(is_name)
    {
        let in_topics = || scope.topics.iter().all(|t| t.names().any(|n| n == name));
        if echo.iter().any(|(known, _)| known == name) || in_topics() {
            continue;
        }
        let mut known: Vec<&str> = echo.iter().map(|(name, _)| name.as_str()).collect();
        known.extend(scope.topics.iter().flat_map(TopicFilter::names));
        let instead = match known[..] {
            [] => {
                format!("write `echo = {{ {name} = \"/path\" }}` to repeat a value of the message")
            }
            _ => nearest_clause(name, &known),
        };
        return Err(item.error(
            format!("the reply repeats `{{{name}}}`, which is nothing"),
            instead,
        ));
    }
    Ok(())
}

/// A media type that can stand in the head of an answer.
fn media_type(item: &Item<'_>) -> Parsed<()> {
    let text = item.text("application/json")?;
    let fits = text.bytes().all(|b| (b' '..=b'~').contains(&b));
    if fits
        && text
            .split_once('/')
            .is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
    {
        return Ok(());
    }
    Err(item.error(
        format!("`{}` is no media type", item.name),
        "write one such as `application/json` or `text/plain`",
    ))
}

fn reply_topic(item: &Item<'_>, scope: &Scope<'_>) -> Parsed<String> {
    let text = item.text("up/{device}/reply")?;
    let filter = TopicFilter::parse(text)
        .map_err(|instead| item.error(format!("`{text}` is no topic"), instead))?;
    if filter
        .subscription()
        .split('/')
        .filter(|l| matches!(*l, "+" | "#"))
        .count()
        != filter.names().count()
    {
        return Err(item.error(
            "a reply goes to one topic",
            "write `{name}` instead of `+` and `#`",
        ));
    }
    for name in filter.names() {
        if let Some(topic) = scope.topics.iter().find(|t| !t.names().any(|n| n == name)) {
            let known: Vec<&str> = topic.names().collect();
            return Err(item.error(
                format!("the topic `{}` has no level `{name}`", topic.subscription()),
                nearest_clause(name, &known),
            ));
        }
    }
    Ok(text.to_owned())
}
