//! What administrators and supervisors keep about text messages. All of it is ours.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Path, Uri, WireTime};
use crate::operation::limits;

/// A number that must not be texted.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Suppression<'a> {
    /// The customer's number.
    #[schema(value_type = String)]
    pub number: Cow<'a, str>,
    /// The customer's keyword, or why somebody entered the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub reason: Option<Cow<'a, str>>,
    /// Since when.
    #[schema(value_type = String)]
    pub since: WireTime,
    /// The absolute link.
    #[schema(value_type = String)]
    pub uri: Uri<'a>,
    /// The relative link.
    #[schema(value_type = String)]
    pub path: Path<'a>,
}

/// What became of a file of numbers that must not be texted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Import {
    /// How many numbers were entered, or would have been.
    pub imported: usize,
    /// How many were on the list already, and stay as they were.
    pub unchanged: usize,
    /// How many problems there are.
    pub problem_count: usize,
    /// The first of them.
    #[schema(max_items = 100)]
    pub problems: Vec<ImportProblem>,
}

/// Something in a file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportProblem {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it, for people. Never repeats the number.
    #[schema(value_type = String)]
    pub problem: Cow<'static, str>,
}

/// The words of one language by which customers end texts, allow them again, or ask who is texting.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeywordFamily<'a> {
    /// The language, as a tag of RFC 5646.
    #[schema(value_type = String)]
    pub language: Cow<'a, str>,
    /// Words that end all texts.
    #[schema(value_type = Vec<String>)]
    pub stop: Cow<'a, [String]>,
    /// Words that allow texts again.
    #[schema(value_type = Vec<String>)]
    pub start: Cow<'a, [String]>,
    /// Words that ask who is texting.
    #[schema(value_type = Vec<String>)]
    pub help: Cow<'a, [String]>,
    /// What those who end texts are sent, once; nothing if empty.
    #[schema(value_type = String)]
    pub stop_answer: Cow<'a, str>,
    /// What those who allow texts again are sent; nothing if empty.
    #[schema(value_type = String)]
    pub start_answer: Cow<'a, str>,
    /// What those who ask are sent; nothing if empty.
    #[schema(value_type = String)]
    pub help_answer: Cow<'a, str>,
}

impl Import {
    /// Notes a problem: counts it, and lists it if there is room.
    pub fn note(&mut self, line: usize, problem: impl Into<Cow<'static, str>>) {
        self.problem_count += 1;
        if self.problems.len() < limits::IMPORT_PROBLEMS {
            self.problems.push(ImportProblem { line, problem: problem.into() });
        }
    }
}
