//! The tool servers of a session.

use std::sync::Arc;

use machine_spec::session::{ServerConnection, ServerId, ServersPhase};

use super::surfaces::Surfaces;
use crate::RuntimeError;

/// How a tool server is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerStatus {
    /// The server.
    pub server: ServerId,
    /// The name that it was added under.
    pub name: Arc<str>,
    /// Whether it is connected.
    pub phase: ServersPhase,
    /// The latest attempt to connect it.
    pub connection: ServerConnection,
}

impl Surfaces<'_> {
    /// Makes a server known, and tells its number. It is connected once an executor is bound: the effect `OpenServer`
    /// asks the host for it. One that is known stays as it is.
    ///
    /// # Errors
    ///
    /// If the name is none, the session has as many names of servers as it may, or the session is destroyed.
    pub async fn add_server(&self, name: impl Into<Arc<str>>) -> Result<ServerId, RuntimeError> {
        let name = name.into();
        self.cell.call(move |core| core.add_server(&name)).await
    }

    /// Connects a server anew, and tells which attempt that is. What comes of an earlier one is refused from now on.
    ///
    /// # Errors
    ///
    /// If the server was not added, no executor is bound, or the session is ending.
    pub async fn connect_server(&self, server: ServerId) -> Result<ServerConnection, RuntimeError> {
        self.cell.call(move |core| core.connect_server(server)).await
    }

    /// The server answers.
    ///
    /// # Errors
    ///
    /// If the server was not added, or is not being connected by this attempt: then let go of the connection.
    pub async fn server_connected(&self, server: ServerId, connection: ServerConnection) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.server_connected(server, connection)).await
    }

    /// The server could not be connected. It stays so until it is connected anew.
    ///
    /// # Errors
    ///
    /// If the server was not added, or is not being connected by this attempt.
    pub async fn server_failed(&self, server: ServerId, connection: ServerConnection) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.server_failed(server, connection)).await
    }

    /// The connection broke. The server stays disconnected until it is connected anew.
    ///
    /// # Errors
    ///
    /// If the server was not added, or is not connected by this attempt.
    pub async fn server_lost(&self, server: ServerId, connection: ServerConnection) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.server_lost(server, connection)).await
    }

    /// The server is no longer to be connected.
    ///
    /// # Errors
    ///
    /// If the server was not added, or is disconnected.
    pub async fn disconnect_server(&self, server: ServerId) -> Result<(), RuntimeError> {
        self.cell.call(move |core| core.disconnect_server(server)).await
    }

    /// How a server is doing.
    ///
    /// # Errors
    ///
    /// If the server was not added.
    pub async fn server_status(&self, server: ServerId) -> Result<ServerStatus, RuntimeError> {
        self.cell.call(move |core| core.server_status(server)).await
    }

    /// Every server that was added.
    ///
    /// # Errors
    ///
    /// If the registration has ended.
    pub async fn list_servers(&self) -> Result<Vec<ServerStatus>, RuntimeError> {
        self.cell.call(|core| core.list_servers()).await
    }
}
