//! Lines of CSV.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::cells::{Cells, known};
use crate::problem::Problem;

/// The columns that the first line names.
pub(super) fn columns(text: &str) -> Result<Vec<&'static str>, Problem> {
    let whole = 0..text.len();
    let record = record(text)?;
    let mut from = 0;
    let mut columns = Vec::new();
    for field in &record {
        let at = text.get(from..).and_then(|rest| rest.find(field));
        let span = at.map_or(whole.clone(), |at| from + at..from + at + field.len());
        from = span.end;
        let name = known(field, span.clone()).map_err(|problem| {
            let is_first = columns.is_empty();
            if is_first && problem.remedy.as_ref().is_some_and(|it| it.starts_with("a log")) {
                problem.with_remedy("the first line names the columns, such as `time,sender,rpc`")
            } else {
                problem
            }
        })?;
        if columns.contains(&name) {
            return Err(Problem::new(span, format!("the column `{name}` stands there twice")));
        }
        columns.push(name);
    }
    let has = |name: &str| columns.contains(&name);
    if has("time") && (has("signed") || (has("sender") && has("rpc"))) {
        return Ok(columns);
    }
    let message = "the columns do not say what was sent when and by whom";
    Err(Problem::new(whole, message).with_remedy("name `time,sender,rpc`, or `time,signed`"))
}

/// What a line holds in these columns.
pub(super) fn cells<'t>(text: &'t str, columns: &[&'static str]) -> Result<Cells<'t>, Problem> {
    let record = record(text)?;
    if record.len() != columns.len() {
        let message = format!("the line has {} cells, not {}", record.len(), columns.len());
        return Err(Problem::new(0..text.len(), message)
            .with_remedy(format!("the first line says {}", columns.join(","))));
    }
    Ok(Cells::new(text, columns.iter().copied().zip(record.iter().map(str::to_owned))))
}

/// One line is one record: nothing that a log says has a line end in it.
fn record(text: &str) -> Result<StringRecord, Problem> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .buffer_capacity(text.len().max(1))
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    reader
        .read_record(&mut record)
        .map_err(|error| Problem::new(0..text.len(), format!("this is no CSV: {error}")))?;
    Ok(record)
}
