//! Stories that a contact center tells, from the outside only.

mod bad_input;
mod carriers;
mod center;
mod coach_a_chat;
mod command_line;
mod customer_door;
mod judges;
mod kill;
mod npm_carrier;
mod outside_desk;
mod outside_process;
mod platform;
mod provisioning;
mod push_protocol;
mod restart;
mod routing;
mod seed_switch_to_coach;
mod smpp34_carrier;
mod smpplib_at_our_simulator;
mod smpplib_esme;
mod supervision;
mod supervision_switches;
mod tenants_and_logins;
mod text_center;
mod texts_by_outside_carriers;
