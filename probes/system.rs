//! What this machine's own settings say.

use std::net::SocketAddr;

use facts::dns::Server;

/// The resolvers that the operating system uses, in its order (resolv.conf, the registry, SystemConfiguration).
pub fn resolvers() -> Result<Vec<Server>, String> {
    let (config, _) = hickory_resolver::system_conf::read_system_conf().map_err(|e| e.to_string())?;
    let mut servers: Vec<Server> = Vec::new();
    for server in config.name_servers() {
        let port = server.connections.first().map_or(53, |connection| connection.port);
        let server = Server::at(SocketAddr::new(server.ip, port));
        if !servers.contains(&server) {
            servers.push(server);
        }
    }
    Ok(servers)
}
