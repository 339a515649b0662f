//! A person's browser, as far as connecting a mailbox needs one: it follows redirects and keeps cookies.

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use transport::Transport;
use url::Url;

use crate::failure::Failure;

/// Redirects followed in a row.
const REDIRECTS_MAX: usize = 12;

/// A browser with its cookies.
pub struct Browser<T> {
    transport: T,
    cookies: Vec<Cookie>,
}

struct Cookie {
    host: String,
    name: String,
    value: String,
}

/// Where a journey ended.
pub struct Arrived {
    /// The last address.
    pub address: Url,
    /// What was answered there.
    pub status: StatusCode,
}

impl<T: Transport> Browser<T> {
    /// A browser without cookies.
    pub fn new(transport: T) -> Self {
        Browser { transport, cookies: Vec::new() }
    }

    /// Opens an address and follows where it leads.
    ///
    /// # Errors
    /// When somebody on the way does not answer, or redirects go round.
    pub async fn open(&mut self, address: &str) -> Result<Arrived, Failure> {
        let mut address = Url::parse(address).map_err(|error| lost(&error.to_string()))?;
        for _ in 0..REDIRECTS_MAX {
            let answer = self.get(&address).await?;
            self.keep_cookies(&address, &answer);
            let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            match location.filter(|_| answer.status().is_redirection()) {
                Some(next) => address = address.join(next).map_err(|error| lost(&error.to_string()))?,
                None => return Ok(Arrived { address, status: answer.status() }),
            }
        }
        Err(lost("redirects go round"))
    }

    async fn get(&self, address: &Url) -> Result<Response<Bytes>, Failure> {
        let host = host_of(address);
        let cookies: Vec<_> =
            self.cookies.iter().filter(|cookie| cookie.host == host).map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        let mut request = Request::get(address.as_str()).header(header::ACCEPT, "text/html");
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let request = request.body(Bytes::new()).map_err(|error| lost(&error.to_string()))?;
        self.transport.send(request).await.map_err(|error| lost(&error.to_string()))
    }

    fn keep_cookies(&mut self, address: &Url, answer: &Response<Bytes>) {
        let host = host_of(address);
        for set in answer.headers().get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let Some((name, value)) = set.split(';').next().and_then(|pair| pair.split_once('=')) else { continue };
            self.cookies.retain(|cookie| cookie.host != host || cookie.name != name);
            self.cookies.push(Cookie { host: host.clone(), name: name.to_owned(), value: value.to_owned() });
        }
    }
}

fn host_of(address: &Url) -> String {
    address.host_str().unwrap_or_default().to_owned()
}

fn lost(why: &str) -> Failure {
    Failure::not_now("demo_browser", "The demo's browser lost its way while connecting a mailbox.", why, "Start the demo again.")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use async_trait::async_trait;
    use graph::TransportError;

    use super::*;

    /// Answers in turn and remembers what cookies came.
    struct Scripted(Mutex<Vec<Response<Bytes>>>, std::sync::Arc<Mutex<Vec<String>>>);

    #[async_trait]
    impl Transport for Scripted {
        async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            let cookie = request.headers().get(header::COOKIE).map(|value| value.to_str().unwrap().to_owned());
            self.1.lock().unwrap().push(format!("{} {}", request.uri(), cookie.unwrap_or_default()));
            Ok(self.0.lock().unwrap().remove(0))
        }
    }

    fn redirect(to: &str, cookie: &str) -> Response<Bytes> {
        let answer = Response::builder().status(303).header(header::LOCATION, to).header(header::SET_COOKIE, cookie);
        answer.body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn cookies_go_back_to_the_host_that_set_them_and_to_no_other() {
        let seen = std::sync::Arc::<Mutex<Vec<String>>>::default();
        let answers = vec![
            redirect("http://b.example/x", "one=1; HttpOnly"),
            redirect("http://a.example/back", "two=2"),
            Response::new(Bytes::new()),
        ];
        let mut browser = Browser::new(Scripted(Mutex::new(answers), seen.clone()));
        let arrived = browser.open("http://a.example/").await.unwrap();
        assert_eq!((arrived.address.path(), arrived.status.as_u16()), ("/back", 200));
        assert_eq!(*seen.lock().unwrap(), ["http://a.example/ ", "http://b.example/x ", "http://a.example/back one=1"]);
    }
}
