//! Stories that a contact center tells, from the outside only.

mod bad_input;
mod center;
mod coach_a_chat;
mod command_line;
mod customer_door;
mod kill;
mod outside_desk;
mod platform;
mod provisioning;
mod push_protocol;
mod restart;
mod routing;
mod seed_switch_to_coach;
mod supervision;
mod supervision_switches;
mod tenants_and_logins;
