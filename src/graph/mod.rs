//! The backward graph. An output tensor owns its node; a node owns its parents' nodes and what it saved.
//! Nothing points back strongly, so dropping the last output frees the graph.

pub mod foreign;
pub mod mode;
pub mod nested;
pub mod node;
pub mod record;
pub mod saved;
pub mod view;
