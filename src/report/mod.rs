//! What people and programs see of an outcome: one file per format.

pub mod closing;
pub mod diff;
pub mod full;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod learned;
pub mod markdown;
pub mod merged;
pub mod observed;
pub mod patch;
mod places;
pub mod posture;
pub mod rdjson;
pub mod rules;
pub mod sarif;
pub mod shown;
pub mod standing;
pub mod style;
pub mod summary;
pub mod text;
pub mod undo;
pub mod waivers;
mod words;
