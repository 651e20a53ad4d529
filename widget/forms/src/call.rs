//! Calls a visitor who looks elsewhere: two short notes, and a notification where they want one.

use std::cell::RefCell;

use protocol::screens::FromForms;
use web_sys::{AudioContext, AudioContextState};

use crate::choices::chosen;
use crate::tell;

/// Seconds after the start, and hertz.
const NOTES: [(f64, f32); 2] = [(0.0, 660.0), (0.13, 880.0)];

/// Seconds until a note has faded.
const FADE_S: f64 = 0.4;

thread_local! {
    static AUDIO: RefCell<Option<AudioContext>> = const { RefCell::new(None) };
}

pub(crate) fn visitor() {
    let choices = chosen();
    if choices.sound {
        sound();
    }
    if choices.notify {
        tell(FromForms::Notify);
    }
}

/// A browser that wants a tap first stays silent, also later.
fn sound() {
    let audio = AUDIO.with_borrow_mut(|audio| {
        if audio.is_none() {
            *audio = AudioContext::new().ok();
        }
        audio.clone()
    });
    let Some(audio) = audio.filter(|audio| audio.state() == AudioContextState::Running) else {
        return;
    };
    for (after_s, hertz) in NOTES {
        // A note that cannot be played is missed by nobody: the title counts all the same.
        let _ = note(&audio, audio.current_time() + after_s, hertz);
    }
}

fn note(audio: &AudioContext, start_s: f64, hertz: f32) -> Result<(), wasm_bindgen::JsValue> {
    let (tone, volume) = (audio.create_oscillator()?, audio.create_gain()?);
    tone.frequency().set_value(hertz);
    volume.gain().set_value_at_time(0.1, start_s)?;
    volume.gain().exponential_ramp_to_value_at_time(0.001, start_s + FADE_S)?;
    tone.connect_with_audio_node(&volume)?;
    volume.connect_with_audio_node(&audio.destination())?;
    tone.start_with_when(start_s)?;
    tone.stop_with_when(start_s + FADE_S)
}
