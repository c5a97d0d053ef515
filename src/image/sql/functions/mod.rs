//! Functions on single values, by what they work on. A name that no room knows is no function.

mod number;
mod server;
mod text;
mod time;

use super::context::Context;
use super::dialect::Dialect;
use super::kind::Kind;
use super::problem::Problem;
use super::value::Value;

/// The value of a function; `None` if there is none of that name with so many arguments.
pub fn call(name: &str, arguments: &[Value], context: &Context<'_>) -> Result<Option<Value>, Problem> {
    if let Some(value) = server::call(name, arguments, context)? {
        return Ok(Some(value));
    }
    // Of the rest, all but a few are NULL when an argument is.
    let takes_null = [
        "concat",
        "concat_ws",
        "nullif",
        "greatest",
        "least",
        "num_nulls",
        "format",
        "field",
        "isnull",
        "quote_nullable",
    ];
    if !takes_null.contains(&name)
        && arguments.iter().any(Value::is_null)
        && kind(name, &[], context.dialect()).is_some()
    {
        return Ok(Some(Value::Null));
    }
    if let Some(value) = text::call(name, arguments, context.dialect())? {
        return Ok(Some(value));
    }
    if let Some(value) = number::call(name, arguments, context)? {
        return Ok(Some(value));
    }
    time::call(name, arguments, context)
}

/// Functions that the servers know and the simulation does not.
const LEFT_OUT: &str = "array_agg array_length array_to_string unnest string_to_array cardinality json_build_object jsonb_build_object json_agg jsonb_agg json_object_agg row_to_json to_json to_jsonb json_array_elements jsonb_array_elements jsonb_set jsonb_pretty json_extract json_object json_array json_unquote json_value regexp_replace regexp_matches regexp_match regexp_like generate_series generate_subscripts percentile_cont percentile_disc mode cume_dist nth_value encode decode sha256 sha1 sha2 crypt gen_salt to_number to_date to_tsvector to_tsquery ts_rank similarity pg_stat_get_activity pg_cancel_backend pg_relation_filepath obj_description col_description pg_get_viewdef pg_get_constraintdef pg_table_size pg_indexes_size pg_advisory_lock pg_advisory_unlock pg_notify pg_export_snapshot pg_current_wal_lsn pg_switch_wal pg_postmaster_start_time txid_current pg_current_xact_id width_bucket cbrt factorial sin cos tan asin acos atan atan2 setseed make_timestamp make_time make_interval justify_days justify_hours justify_interval timeofday date_bin str_to_date time_format period_add period_diff timediff timestampadd quarter week yearweek dayofmonth from_days to_days sec_to_time time_to_sec addtime subtime convert_tz benchmark get_lock release_lock uuid_short inet_aton inet_ntoa conv bin oct crc32 compress uncompress aes_encrypt aes_decrypt to_base64 from_base64 soundex space insert substring_index find_in_set make_set export_set bit_count bit_and bit_or bit_xor std var_pop var_samp stddev_samp grouping charset collation coercibility";

/// Whether the servers know a function that the simulation leaves out.
pub fn is_left_out(name: &str) -> bool {
    LEFT_OUT.split(' ').any(|known| known == name)
}

/// The type of a function's value; `None` if there is no function of that name.
pub fn kind(name: &str, arguments: &[Kind], dialect: Dialect) -> Option<Kind> {
    server::kind(name, arguments)
        .or_else(|| text::kind(name))
        .or_else(|| number::kind(name, arguments))
        .or_else(|| time::kind(name, dialect))
}
