//! DELETE and TRUNCATE.

use super::change::{Target, returned, with_table};
use super::{Executed, Outcome, keys, rights, tagged};
use crate::image::sql::ast::{Expression, Named, Order, SelectItem, Source};
use crate::image::sql::context::Context;
use crate::image::sql::problem::{Problem, Thing};
use crate::image::sql::value::Value;
use std::rc::Rc;

/// A DELETE.
pub struct Delete<'a> {
    pub table: &'a Named,
    pub alias: Option<&'a str>,
    pub using: &'a [Source],
    pub filter: Option<&'a Expression>,
    pub order: &'a [Order],
    pub limit: Option<&'a Expression>,
    pub returning: &'a [SelectItem],
}

pub fn delete(context: &Context<'_>, delete: &Delete<'_>) -> Executed {
    let table = context.table(delete.table)?;
    rights::may(context, delete.table, &table, "delete")?;
    let name = delete.alias.unwrap_or(&delete.table.name);
    let Delete { using, filter, order, limit, .. } = *delete;
    let target = Target { table: &table, name, others: using, filter, order, limit };
    let beside = target.beside(context)?;
    let numbers: Vec<u64> = target.rows(context, &beside)?.into_iter().map(|(number, _)| number).collect();
    let gone: Vec<Rc<Vec<Value>>> = numbers.iter().filter_map(|number| table.rows.get(number).cloned()).collect();
    with_table(context, delete.table, |table| numbers.iter().for_each(|number| drop(table.rows.remove(number))))?;
    keys::release(context, delete.table, &table, &gone)?;
    let outcome = Outcome { affected: gone.len(), ..tagged(format!("DELETE {}", gone.len())) };
    returned(context, outcome, delete.returning, &table, name, gone)
}

pub fn truncate(context: &Context<'_>, names: &[Named], restart: bool, cascade: bool) -> Executed {
    let mut open: Vec<Named> = names.to_vec();
    let mut at = 0;
    while let Some(named) = open.get(at).cloned() {
        at += 1;
        let table = context.table(&named)?;
        rights::may(context, &named, &table, "truncate")?;
        let (database, key) = context.locate(&named);
        for (referrer, constraint, _) in keys::referrers(&*context.database(&database)?, &key) {
            let is_included = open.iter().any(|known| context.locate(known).1 == referrer);
            if is_included {
                continue;
            }
            if !cascade {
                let others = vec![format!("Table \"{referrer}\" references \"{key}\"."), constraint];
                return Err(Problem::DependsOn { thing: Thing::Relation, name: key, others }.into());
            }
            context.notice(format!("truncate cascades to table \"{referrer}\""));
            open.push(Named { name: referrer, schema: None, at: 0 });
        }
    }
    for named in &open {
        let (database, _) = context.locate(named);
        let sequences: Vec<String> = with_table(context, named, |table| {
            table.rows.clear();
            if context.dialect().is_mysql() {
                table.next = 1;
            }
            table.columns.iter().filter_map(|column| column.counts.sequence().map(str::to_string)).collect()
        })?;
        if restart {
            context.change(&database, |database| {
                for sequence in sequences {
                    if let Some(sequence) = database.sequences.get_mut(&sequence) {
                        (sequence.next, sequence.is_called) = (1, false);
                    }
                }
            })?;
        }
    }
    Ok(tagged("TRUNCATE TABLE"))
}
