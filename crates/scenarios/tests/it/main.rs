//! Stories that a contact center tells, from the outside only.

mod center;
mod coach_a_chat;
mod outside_desk;
mod seed_switch_to_coach;
mod supervision;
mod supervision_switches;
