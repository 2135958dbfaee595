//! What a large machine costs to compile: `cargo bench -p tests --bench compile`, with the number of halls as an argument
//! if there are to be fewer or more than twelve, which have 300 transitions.
//!
//! A crate with the machine is written into the target directory and compiled there, its dependencies first and
//! uncounted. Times are processor times, user and system, of cargo and the compiler. The expansion is a compiler that ends
//! behind it and behind the resolution of names; the macro is built without optimizations, as it is for everybody who
//! does not ask for more.

mod large_machine;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

const ROUNDS: usize = 3;

fn main() -> ExitCode {
    // Cargo passes `--bench`.
    let halls = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(12);
    match measure(halls) {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn measure(halls: usize) -> Result<String, Failure> {
    let package = package(halls)?;
    let lines = large_machine::source(halls).lines().count();
    let mut report = format!(
        "{} transitions in {} regions, {lines} lines\n",
        halls * large_machine::TRANSITIONS_PER_HALL,
        halls * 2
    );
    let builds = [
        ("expansion", "check", Extent::Expansion),
        ("check", "check", Extent::Whole),
        ("debug build", "dev", Extent::Whole),
        ("release build", "release", Extent::Whole),
    ];
    for (name, profile, extent) in builds {
        package.touch()?;
        package.compile(profile, extent)?;
        let mut seconds = Vec::new();
        for _ in 0..ROUNDS {
            package.touch()?;
            seconds.push(package.compile(profile, extent)?);
        }
        seconds.sort_by(f64::total_cmp);
        writeln!(report, "{name:<13} {:6.2} s, lowest of {ROUNDS}", seconds[0])?;
    }
    Ok(report)
}

/// How far a compilation goes.
#[derive(Clone, Copy)]
enum Extent {
    Expansion,
    Whole,
}

struct Package(PathBuf);

/// A crate with a machine and a function that applies its inputs: without one, `apply` would not be compiled.
fn package(halls: usize) -> Result<Package, Failure> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace around this package")?;
    let folder = workspace.join("target/compile-bench").join(format!("halls-{halls}"));
    fs::create_dir_all(folder.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"factory\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         machine-spec = {{ path = \"{}\", default-features = false }}\n",
        workspace.join("machine-spec").display()
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let machine = large_machine::source(halls);
    let library = format!(
        "//! A factory.\nmachine_spec::machine! {{\n{machine}\n}}\n\n/// A step.\npub fn step(\n    \
         factory: &mut FactoryMachineAuthority,\n    input: &FactoryMachineInput,\n    \
         effects: &mut Vec<FactoryMachineEffect>,\n) -> Result<(), FactoryMachineRejection> {{\n    \
         factory.apply(input, effects)\n}}\n"
    );
    fs::write(folder.join("src/lib.rs"), library)?;
    Ok(Package(folder))
}

impl Package {
    /// Lets cargo compile it anew.
    fn touch(&self) -> Result<(), Failure> {
        let source = self.0.join("src/lib.rs");
        Ok(fs::write(&source, fs::read(&source)?)?)
    }

    /// Seconds.
    fn compile(&self, profile: &str, extent: Extent) -> Result<f64, Failure> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["rustc", "--quiet", "--lib", "--profile", profile]);
        cargo.current_dir(&self.0).env("CARGO_TARGET_DIR", self.0.with_file_name("target"));
        cargo.env("CARGO_INCREMENTAL", "0");
        if matches!(extent, Extent::Expansion) {
            // An option of nightly compilers, which this variable opens for the one process.
            cargo.args(["--", "-Zno-analysis"]).env("RUSTC_BOOTSTRAP", "1");
        }
        let before = processor_seconds()?;
        let status = cargo.status()?;
        let seconds = processor_seconds()? - before;
        if status.success() { Ok(seconds) } else { Err("the machine does not compile".into()) }
    }
}

/// What the processes that have ended and were waited for have used.
fn processor_seconds() -> Result<f64, Failure> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok((usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6)
}
