//! The dependency graph as cargo tells it.

use serde_json::Value;

use crate::shell::{Failure, Step};

/// A crate of the graph.
pub struct Package {
    pub name: String,
    pub version: String,
    pub license: String,
    /// Where it comes from; `None` for our own.
    pub source: Option<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "tidy reads it"))]
    pub dependencies: Vec<Dependency>,
}

/// A line of a crate's manifest.
#[cfg_attr(not(test), expect(dead_code, reason = "tidy reads it"))]
pub struct Dependency {
    pub name: String,
    pub is_ours: bool,
    pub is_for_tests: bool,
}

/// All crates, or our own only.
pub fn packages(with_outside_crates: bool) -> Result<Vec<Package>, Failure> {
    let mut step = Step::cargo(&["metadata", "--format-version", "1", "--all-features"]);
    if !with_outside_crates {
        step = step.arg("--no-deps");
    }
    let text = step.output()?;
    let graph: Value =
        serde_json::from_str(&text).map_err(|error| Failure(format!("cargo metadata: {error}")))?;
    Ok(graph["packages"].as_array().into_iter().flatten().map(package).collect())
}

fn package(package: &Value) -> Package {
    let text = |member: &str| package[member].as_str().unwrap_or("").to_owned();
    let dependencies = package["dependencies"].as_array().into_iter().flatten();
    Package {
        name: text("name"),
        version: text("version"),
        license: text("license"),
        source: package["source"].as_str().map(str::to_owned),
        dependencies: dependencies.map(dependency).collect(),
    }
}

fn dependency(dependency: &Value) -> Dependency {
    Dependency {
        name: dependency["name"].as_str().unwrap_or("").to_owned(),
        is_ours: dependency["path"].is_string(),
        is_for_tests: dependency["kind"] == "dev",
    }
}
