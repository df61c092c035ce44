//! What is painted, beside the pictures in `tests/ui/pictures`: `cargo test --features pictures --test ui pictures`.
//!
//! They are drawn by a software Vulkan (Debian: `mesa-vulkan-drivers`), which gives the same pixels everywhere. Where none is
//! installed they are left out, and say so; with `LAPSED_PICTURES=required` that is a failure. `UPDATE_SNAPSHOTS=1` makes them
//! anew, to be looked at before they are kept.

use crate::fixture;
use eframe::{egui_wgpu::WgpuSetup, wgpu::Backends};
use egui::{Key, Theme};
use egui_kittest::{
    Harness, SnapshotResults,
    kittest::Queryable as _,
    wgpu::{WgpuTestRenderer, default_wgpu_setup},
};
use lapsed::ui::LapsedApp;
use std::io::Write as _;

/// A renderer, where the system has a Vulkan.
fn renderer() -> Option<WgpuTestRenderer> {
    let mut setup = default_wgpu_setup();
    if let WgpuSetup::CreateNew(setup) = &mut setup {
        setup.instance_descriptor.backends = Backends::VULKAN;
    }
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| WgpuTestRenderer::from_setup(setup))).ok()
}

/// Takes pictures of a state in both themes. `reach` brings a window on the eight known sessions there.
fn pictures(name: &str, size: [f32; 2], reach: fn(&mut Harness<'_, LapsedApp>)) {
    let mut results = SnapshotResults::new();
    for (theme, word) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
        let Some(renderer) = renderer() else {
            assert!(std::env::var_os("LAPSED_PICTURES").is_none(), "no Vulkan is installed, and pictures are required");
            let _ = writeln!(std::io::stderr(), "left out: no Vulkan is installed, so {name} was not painted");
            return;
        };
        let mut harness =
            Harness::builder().with_size(size).with_max_steps(40).with_theme(theme).renderer(renderer).build_eframe(
                |cc| {
                    let (inputs, inspection) = fixture::inspection();
                    LapsedApp::with_inspection(&cc.egui_ctx, inputs, inspection)
                },
            );
        harness.run();
        reach(&mut harness);
        harness.event(egui::Event::PointerGone);
        harness.run_steps(4);
        harness.snapshot(format!("{name}-{word}"));
        results.extend_harness(&mut harness);
    }
}

#[test]
fn the_timeline_with_the_answer_beside_it() {
    pictures("timeline", [1240.0, 700.0], |_| {});
}

#[test]
fn the_clocks_of_a_session_over_its_life() {
    pictures("clocks", [1000.0, 640.0], |harness| {
        for _ in 0..5 {
            harness.key_press(Key::ArrowDown);
            harness.run();
        }
        harness.get_by_label("Clocks").click();
        harness.run();
    });
}

#[test]
fn two_sessions_side_by_side() {
    pictures("compare", [1000.0, 640.0], |harness| {
        for key in [Key::C, Key::ArrowDown, Key::C] {
            harness.key_press(key);
            harness.run();
        }
    });
}

#[test]
fn everything_the_sessions_say_together_in_a_narrow_window() {
    pictures("summary", [800.0, 640.0], |harness| {
        harness.get_by_label("All sessions").click();
        harness.run();
    });
}
