//! All rules, one file each: adding one is a file here and a word in both lists below.

mod awaited_without_health_check;
mod bind_hides_node_modules;
mod bind_source_must_exist;
mod data_in_anonymous_volume;
mod data_in_memory;
mod data_without_volume;
mod database_killed_early;
mod database_published;
mod database_replicas;
mod databases_share_volume;
mod decimal_tmpfs_mode;
mod docker_socket_mounted;
mod fixed_container_name;
mod host_port_twice;
mod ignores_sigterm;
mod job_restarts_forever;
mod localhost_means_itself;
mod missing_password;
mod mount_misses_data;
mod moving_tag;
mod needless_link;
mod no_grace;
mod operator_ends_command;
mod ports_on_host_network;
mod probe_needs_missing_curl;
mod published_port_inside;
mod quotes_in_environment;
mod redis_never_saves;
mod relative_target;
mod replicas_with_host_port;
mod restart_is_overridden;
mod secret_in_environment;
mod server_awaited_to_complete;
mod shell_syntax_without_shell;
mod shell_test_in_pieces;
mod slow_first_probe;
mod socket_probe;
mod start_interval_without_start_period;
mod start_only_dependency;
mod start_period_slows_probes;
mod start_period_too_short;
mod test_none_as_text;
mod unknown_image;
mod unknown_mount_option;
mod unquoted_no;
mod unused_volume;
mod used_without_depends_on;
mod variable_taken_by_compose;
mod volumes_from_not_read_only;
mod x_drydock_problem;
mod zero_retries;

use super::Rule;

/// All rules, by code.
pub const RULES: &[Rule] = &[
    awaited_without_health_check::RULE,
    bind_hides_node_modules::RULE,
    bind_source_must_exist::RULE,
    data_in_anonymous_volume::RULE,
    data_in_memory::RULE,
    data_without_volume::RULE,
    database_killed_early::RULE,
    database_published::RULE,
    database_replicas::RULE,
    databases_share_volume::RULE,
    decimal_tmpfs_mode::RULE,
    docker_socket_mounted::RULE,
    fixed_container_name::RULE,
    host_port_twice::RULE,
    ignores_sigterm::RULE,
    job_restarts_forever::RULE,
    localhost_means_itself::RULE,
    missing_password::RULE,
    mount_misses_data::RULE,
    moving_tag::RULE,
    needless_link::RULE,
    no_grace::RULE,
    operator_ends_command::RULE,
    ports_on_host_network::RULE,
    probe_needs_missing_curl::RULE,
    published_port_inside::RULE,
    quotes_in_environment::RULE,
    redis_never_saves::RULE,
    relative_target::RULE,
    replicas_with_host_port::RULE,
    restart_is_overridden::RULE,
    secret_in_environment::RULE,
    server_awaited_to_complete::RULE,
    shell_syntax_without_shell::RULE,
    shell_test_in_pieces::RULE,
    slow_first_probe::RULE,
    socket_probe::RULE,
    start_interval_without_start_period::RULE,
    start_only_dependency::RULE,
    start_period_slows_probes::RULE,
    start_period_too_short::RULE,
    test_none_as_text::RULE,
    unknown_image::RULE,
    unknown_mount_option::RULE,
    unquoted_no::RULE,
    unused_volume::RULE,
    used_without_depends_on::RULE,
    variable_taken_by_compose::RULE,
    volumes_from_not_read_only::RULE,
    x_drydock_problem::RULE,
    zero_retries::RULE,
];
