//! WIP
mod engine;
mod explore;
mod expression;
mod ground;
mod limits;
mod numbers;
mod reads;
