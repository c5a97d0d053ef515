//! Indices and documents: what is put, got, counted and searched, and how healthy that leaves the cluster.
//!
//! Sources: Elasticsearch's manual, "Document APIs", "Index APIs", "Search your data", "Near real-time search" (a document is found
//! a second after it was put, and got at once), "Cluster health" (an index has one replica, which a single node has no place
//! for: yellow), "Translog" (what was acknowledged survives a kill); its own answers for their form. Simplified: one shard for
//! each index; a search finds all documents.

use crate::image::identity::Identity;
use crate::image::programs::daemon::{Pending, read_json, write_json};
use crate::kernel::Process;
use crate::kernel::http::{Request, Response};
use serde_json::{Value, json};

/// The file of the documents.
const FILE: &str = "/usr/share/elasticsearch/data/indices/drydock.json";

/// How long a document takes until it is found (`index.refresh_interval`), in milliseconds.
const REFRESH: u64 = 1000;

/// How many documents a search shows (`size`).
const SHOWN: usize = 10;

/// What an index says of its copies: one of two is there.
const SHARDS: &str = "\"_shards\":{\"total\":2,\"successful\":1,\"failed\":0}";

/// Answers a request.
pub fn answer(process: Process, request: Request) -> Pending<Response> {
    Box::pin(async move {
        let kind = request.header("content-type").unwrap_or("");
        if !request.body.is_empty() && !kind.contains("json") {
            let text = format!("Content-Type header [{kind}] is not supported");
            return Response::json(406, json!({ "error": text, "status": 406 }).to_string());
        }
        let data = read_json(&process, FILE);
        let mut store = Store { process: &process, data: if data.is_object() { data } else { json!({}) } };
        let path = request.plain_path().to_string();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        store.answer(&request, &parts).await
    })
}

/// What is kept: indices, each with its documents by their ids.
struct Store<'a> {
    process: &'a Process,
    data: Value,
}

impl Store<'_> {
    async fn answer(&mut self, request: &Request, parts: &[&str]) -> Response {
        match (request.method.as_str(), parts) {
            ("GET" | "HEAD", []) => self.greeting(),
            ("GET", ["_cluster", "health", ..]) => self.health(),
            ("POST" | "GET", ["_refresh"] | [_, "_refresh"]) => self.refresh().await,
            ("PUT", [index]) if !index.starts_with('_') => self.create(index).await,
            ("DELETE", [index]) if !index.starts_with('_') => self.delete(index).await,
            ("PUT" | "POST", [index, "_doc", rest @ ..]) => self.put(request, index, rest.first().copied()).await,
            ("GET", [index, "_doc", id]) => self.get(index, id),
            ("DELETE", [index, "_doc", id]) => self.remove(index, id).await,
            ("GET" | "POST", [index, "_count"]) if request.body.is_empty() => match self.found(index) {
                Some(found) => Response::json(200, format!("{{\"count\":{},{}}}", found.len(), one_shard())),
                None => no_index(index),
            },
            ("GET" | "POST", [index, "_search"]) if is_for_all(request) => self.search(index),
            ("GET", [index]) if self.data[*index].is_null() && !index.starts_with('_') => no_index(index),
            (method, _) => {
                let text = format!("drydock: {method} {} is not simulated", request.path);
                Response::json(501, json!({ "error": text, "status": 501 }).to_string())
            }
        }
    }

    fn now(&self) -> u64 {
        self.process.kernel().wall_clock().as_millis() as u64
    }

    async fn save(&self) -> Result<(), Response> {
        let count: usize = self
            .data
            .as_object()
            .into_iter()
            .flat_map(|map| map.values())
            .filter_map(Value::as_object)
            .map(|index| index.len())
            .sum();
        let written = write_json(self.process, FILE, &self.data).await;
        self.process.summarise("/usr/share/elasticsearch/data", &format!("{count} documents"));
        written.map_err(|text| Response::json(503, json!({ "error": text, "status": 503 }).to_string()))
    }

    async fn saved(&self, status: u16, body: String) -> Response {
        match self.save().await {
            Ok(()) => Response::json(status, body),
            Err(response) => response,
        }
    }

    fn greeting(&self) -> Response {
        let name = self.process.hostname();
        Response::json(
            200,
            format!(
                "{{\n  \"name\" : \"{name}\",\n  \"cluster_name\" : \"docker-cluster\",\n  \"tagline\" : \"You Know, for Search\"\n}}\n"
            ),
        )
    }

    /// Green without an index; yellow with one, since its replica has nowhere to be.
    fn health(&self) -> Response {
        let count = self.data.as_object().map_or(0, serde_json::Map::len);
        let status = if count == 0 { "green" } else { "yellow" };
        Response::json(
            200,
            format!(
                "{{\"cluster_name\":\"docker-cluster\",\"status\":\"{status}\",\"timed_out\":false,\"number_of_nodes\":1,\"number_of_data_nodes\":1,\"active_primary_shards\":{count},\"active_shards\":{count},\"relocating_shards\":0,\"initializing_shards\":0,\"unassigned_shards\":{count}}}"
            ),
        )
    }

    async fn create(&mut self, index: &str) -> Response {
        if self.data[index].is_object() {
            return refused(
                400,
                "resource_already_exists_exception",
                &format!("index [{index}] already exists"),
                index,
            );
        }
        if index.chars().any(char::is_uppercase) {
            return refused(
                400,
                "invalid_index_name_exception",
                &format!("Invalid index name [{index}], must be lowercase"),
                index,
            );
        }
        self.data[index] = json!({});
        self.saved(200, format!("{{\"acknowledged\":true,\"shards_acknowledged\":true,\"index\":\"{index}\"}}")).await
    }

    async fn delete(&mut self, index: &str) -> Response {
        match self.data.as_object_mut().and_then(|map| map.remove(index)) {
            Some(_) => self.saved(200, "{\"acknowledged\":true}".into()).await,
            None => no_index(index),
        }
    }

    /// Puts a document; an index that is not there is made.
    async fn put(&mut self, request: &Request, index: &str, id: Option<&str>) -> Response {
        let Ok(source) = serde_json::from_slice::<Value>(&request.body) else {
            return refused(400, "document_parsing_exception", "failed to parse", index);
        };
        let now = self.now();
        let drawn = Identity::of(&format!("{index} {:?}", self.process.now())).digits();
        let id = id.unwrap_or(drawn.get(..20).unwrap_or(&drawn)).to_string();
        let old = self.data[index][&id]["version"].as_u64();
        let version = old.unwrap_or(0) + 1;
        let visible = if request.path.contains("refresh=") { now } else { now + REFRESH };
        if self.data[index].is_null() {
            self.data[index] = json!({});
        }
        self.data[index][&id] = json!({ "version": version, "visible": visible, "source": source });
        let (status, result) = if old.is_none() { (201, "created") } else { (200, "updated") };
        self.saved(
            status,
            format!(
                "{{\"_index\":\"{index}\",\"_id\":\"{id}\",\"_version\":{version},\"result\":\"{result}\",{SHARDS}}}"
            ),
        )
        .await
    }

    fn get(&self, index: &str, id: &str) -> Response {
        if self.data[index].is_null() {
            return no_index(index);
        }
        let document = &self.data[index][id];
        match document["version"].as_u64() {
            Some(version) => Response::json(
                200,
                format!(
                    "{{\"_index\":\"{index}\",\"_id\":\"{id}\",\"_version\":{version},\"found\":true,\"_source\":{}}}",
                    document["source"]
                ),
            ),
            None => Response::json(404, format!("{{\"_index\":\"{index}\",\"_id\":\"{id}\",\"found\":false}}")),
        }
    }

    async fn remove(&mut self, index: &str, id: &str) -> Response {
        let removed =
            self.data.get_mut(index).and_then(Value::as_object_mut).and_then(|documents| documents.remove(id));
        let (status, result) = if removed.is_some() { (200, "deleted") } else { (404, "not_found") };
        self.saved(status, format!("{{\"_index\":\"{index}\",\"_id\":\"{id}\",\"result\":\"{result}\",{SHARDS}}}"))
            .await
    }

    async fn refresh(&mut self) -> Response {
        let now = self.now();
        let documents = self.data.as_object_mut().into_iter().flat_map(|map| map.values_mut());
        for document in documents.filter_map(Value::as_object_mut).flat_map(|documents| documents.values_mut()) {
            document["visible"] = json!(now);
        }
        self.saved(200, format!("{{{SHARDS}}}")).await
    }

    /// Documents that are found by now; `None` without the index.
    fn found(&self, index: &str) -> Option<Vec<(&String, &Value)>> {
        let now = self.now();
        let documents = self.data[index].as_object()?;
        Some(documents.iter().filter(|(_, document)| document["visible"].as_u64().unwrap_or(0) <= now).collect())
    }

    fn search(&self, index: &str) -> Response {
        let Some(found) = self.found(index) else { return no_index(index) };
        let hit = |(id, document): &(&String, &Value)| {
            format!("{{\"_index\":\"{index}\",\"_id\":\"{id}\",\"_score\":1.0,\"_source\":{}}}", document["source"])
        };
        let hits: Vec<String> = found.iter().take(SHOWN).map(hit).collect();
        let score = if found.is_empty() { "null" } else { "1.0" };
        Response::json(
            200,
            format!(
                "{{\"timed_out\":false,{},\"hits\":{{\"total\":{{\"value\":{},\"relation\":\"eq\"}},\"max_score\":{score},\"hits\":[{}]}}}}",
                one_shard(),
                found.len(),
                hits.join(",")
            ),
        )
    }
}

fn one_shard() -> &'static str {
    "\"_shards\":{\"total\":1,\"successful\":1,\"skipped\":0,\"failed\":0}"
}

/// Whether a search is for all documents.
fn is_for_all(request: &Request) -> bool {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let query = &body["query"];
    !request.path.contains("q=") && (query.is_null() || query["match_all"].is_object())
}

fn no_index(index: &str) -> Response {
    refused(404, "index_not_found_exception", &format!("no such index [{index}]"), index)
}

fn refused(status: u16, kind: &str, reason: &str, index: &str) -> Response {
    let cause = format!("\"type\":\"{kind}\",\"reason\":\"{reason}\",\"index\":\"{index}\"");
    Response::json(status, format!("{{\"error\":{{\"root_cause\":[{{{cause}}}],{cause}}},\"status\":{status}}}"))
}
