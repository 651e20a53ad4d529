//! Close codes of the sockets. The range tells the client what to do: 4000–4099 reconnect with
//! backoff, 4100–4199 do not reconnect with the same token, 4200–4299 do not reconnect.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The server is going away; come back.
    Draining = 4000,
    /// The client read too slowly; resume.
    SlowReader = 4001,
    /// An internal part restarted.
    Restarted = 4002,
    TokenExpired = 4100,
    /// Too many unreadable frames.
    MalformedFrames = 4200,
    FrameTooLarge = 4201,
    /// The visitor or the agent may no longer connect.
    Forbidden = 4202,
}

/// What a client does after a close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterClose {
    Reconnect,
    ReconnectWithNewToken,
    Stop,
}

impl CloseCode {
    pub fn code(self) -> u16 {
        self as u16
    }
}

impl AfterClose {
    /// Codes outside our ranges (1006 of a lost network, 1001 …) mean: come back.
    pub fn of_code(code: u16) -> Self {
        match code {
            4100..=4199 => Self::ReconnectWithNewToken,
            4200..=4299 => Self::Stop,
            _ => Self::Reconnect,
        }
    }
}
