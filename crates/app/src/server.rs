//! The server: listens, has `web` answer, and ends when it is told, after those who are being answered.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::failure::Failure;

/// How long connections may take to end.
const FAREWELL: Duration = Duration::from_secs(3);

/// Listens.
///
/// # Errors
/// When the port is taken or the address is not this machine's.
pub async fn listen(host: IpAddr, port: u16) -> Result<TcpListener, Failure> {
    TcpListener::bind(SocketAddr::new(host, port)).await.map_err(|error| {
        Failure::not_now(
            "cannot_listen",
            format!("Port {port} of {host} cannot be listened on."),
            error.to_string(),
            "Stop the other program, or choose another port with --port (and in BASE_URL).",
        )
    })
}

/// Answers until `stop` says so.
pub async fn serve(listener: TcpListener, state: web::State, stop: watch::Receiver<bool>) {
    let (mut told, mut patience) = (stop.clone(), stop);
    let answering = web::serve(listener, state, async move {
        let _ = told.wait_for(|stop| *stop).await;
    });
    let impatience = async move {
        let _ = patience.wait_for(|stop| *stop).await;
        base::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        ended = answering => {
            if let Err(error) = ended {
                tracing::error!("The server stopped answering: {error}.");
            }
        }
        () = impatience => {}
    }
}

/// Becomes true when this process is asked to end (Ctrl-C, or a service manager).
pub fn asked_to_end() -> watch::Receiver<bool> {
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        wait_for_signal().await;
        let _ = tell.send(true);
    });
    told
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    let _ = tokio::signal::ctrl_c().await;
}
