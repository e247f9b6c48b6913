//! The edge as nginx: its configuration, written from the same rules that the edge here interprets.
//!
//! [`conf`] is the text, made of the maps that decide about a request ([`decisions`]) and the server that acts
//! on them ([`server`]); [`words`] quotes. What nginx cannot do is listed in [`differences`], and nowhere else.
//!
//! It needs the headers-more module: without it nginx can neither drop every `CF-*` header of a client nor
//! answer as another server.

mod decisions;
pub mod differences;
mod server;
mod words;

use super::config::Config;

/// Where an nginx runs and what it may use there.
#[derive(Clone, Debug)]
pub struct Site {
    /// What it listens on, as `listen` takes it: `0.0.0.0:8080`.
    pub listen: Vec<String>,
    /// A process beside the one that serves, to reload and to survive; without it, ending the one ends all.
    pub master: bool,
    /// A folder that it may write to.
    pub folder: String,
    /// Where its modules are.
    pub modules: String,
    /// The name server for origins that are given by name.
    pub resolver: Option<String>,
    /// What it means that a name is not known.
    pub unknown_name: UnknownName,
}

/// What it means that the name of an origin is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownName {
    /// The route leads nowhere: 523.
    NoRoute,
    /// The service is down: 521. A network of containers forgets the name of a container that stopped.
    Down,
}

impl Site {
    /// In a container of the image `nginx`, on a network where services have names.
    #[must_use]
    pub fn container(port: u16) -> Self {
        Self {
            listen: vec![format!("0.0.0.0:{port}")],
            master: true,
            folder: "/tmp".into(),
            modules: "/usr/lib/nginx/modules".into(),
            resolver: Some("127.0.0.11".into()),
            unknown_name: UnknownName::Down,
        }
    }
}

/// The whole configuration file.
#[must_use]
pub fn conf(config: &Config, site: &Site) -> String {
    let mut text = String::from("# Generated from the edge's rules; an edit is lost.\n");
    text += &format!("load_module {}/ngx_http_headers_more_filter_module.so;\n", site.modules);
    let master = if site.master { "on" } else { "off" };
    text += &format!("daemon off;\nmaster_process {master};\nworker_processes 1;\n");
    text += &format!("pid {}/nginx.pid;\n", site.folder);
    // At a lower level it would log whole request lines, and a query may hold a secret.
    text += "error_log stderr crit;\nevents {\n    worker_connections 4096;\n}\nhttp {\n";
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        text += &format!("    {kind}_temp_path {}/{kind};\n", site.folder);
    }
    text += &decisions::maps(config);
    text += &server::logging();
    text += &server::origins(config, site);
    text += &server::server(config, site);
    text += "}\n";
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::headers::{REQUEST, RequestRule, Source};

    fn config() -> Config {
        let routes = [
            ("alpha.localhost".to_owned(), "10.0.0.2:8080".to_owned()),
            ("alias.localhost".to_owned(), "10.0.0.2:8080".to_owned()),
            ("beta.localhost".to_owned(), "tenant-beta:8080".to_owned()),
        ];
        Config::new(routes, vec!["/ws".into(), "/workspaces/*/terminal".into()], |_| None).unwrap()
    }

    #[test]
    fn the_text_follows_from_the_rules() {
        insta::assert_snapshot!(conf(&config(), &Site::container(8080)));
    }

    /// nginx has one list to which it appends by itself; another rule of that kind needs another way.
    #[test]
    fn the_only_list_appended_to_is_the_one_nginx_knows() {
        let appended: Vec<_> =
            REQUEST.iter().filter(|rule| matches!(rule, RequestRule::Append(..))).collect();
        assert_eq!(appended, [&RequestRule::Append("x-forwarded-for", Source::ClientAddress)]);
    }
}
