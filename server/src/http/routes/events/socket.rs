//! `GET /ws`: events as they happen. The canvas sees all, a workspace what concerns those it may talk
//! to. What clients send is read and dropped.

use axum::{
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    response::Response,
};
use server_app::{
    App,
    auth::socket::Listener,
    events::{Event, Subscription},
    metrics::WebsocketOpen,
};

use crate::http::extract::SocketAuth;

pub(super) async fn handler(
    SocketAuth(listener): SocketAuth,
    upgrade: WebSocketUpgrade,
    State(app): State<App>,
) -> Response {
    // Subscribed before the answer: whoever has seen the 101 misses nothing that happens after it.
    let events = app.events.subscribe_all();
    upgrade.on_upgrade(move |socket| async move {
        let open = app.metrics.websocket_opened();
        serve(app, listener, socket, events, open).await;
    })
}

async fn serve(
    app: App,
    listener: Listener,
    mut socket: WebSocket,
    mut events: Subscription,
    _open: WebsocketOpen,
) {
    loop {
        tokio::select! {
            event = events.next() => {
                let Some(event) = event else { return say_goodbye(&mut socket).await };
                if may_see(&app, listener, &event).await
                    && socket.send(Message::Text(event.envelope().into())).await.is_err()
                {
                    return;
                }
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

async fn may_see(app: &App, listener: Listener, event: &Event) -> bool {
    match listener {
        Listener::Canvas => true,
        Listener::Workspace(client) => match event.workspace {
            Some(workspace) => app.can_communicate(client, workspace).await,
            None => false,
        },
    }
}

async fn say_goodbye(socket: &mut WebSocket) {
    let frame = CloseFrame { code: close_code::AWAY, reason: "server is stopping".into() };
    // The client may be gone already.
    let _ = socket.send(Message::Close(Some(frame))).await;
}
