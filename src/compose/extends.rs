//! `extends`: a service starts from another one, of this file or another (semantics L55).
//! Must not know what services mean.

use super::files::{absolute, parent, relative};
use super::loader::{Context, Loader, Request, Steps};
use super::merge;
use super::path::Path;
use super::reset::{self, Replaced};
use super::resolve_paths::{self, Base};
use super::suggestion;
use super::value::{Data, Entry, Mapping, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::text::Span;
use std::rc::Rc;

/// The services that lead to the one at hand: file and name.
type Chain = Vec<(String, String)>;

/// Where a service is looked up, and what applies to what it starts from.
struct Lookup<'l, 'c> {
    context: Context<'c>,
    /// The file, as messages name it.
    file: String,
    chain: &'l mut Chain,
    replaced: Vec<&'l Replaced>,
}

impl Loader<'_> {
    /// Applies the `extends` of all services of a file.
    pub fn apply_extends(&mut self, own: &mut Mapping, context: Context, replaced: &Replaced) {
        let Some(mut entry) = own.remove("services") else { return };
        let span = entry.whole_span();
        let what = super::schema::type_name(&entry.value);
        let Data::Mapping(services) = &mut entry.value.data else {
            let message = format!("`services` must be a mapping of names to services, and is {what}");
            let diagnostic = Diagnostic::new("wrong-type", Severity::Error, span, message);
            self.problems.refuse("services must be a mapping", diagnostic);
            return;
        };
        let wanting = |entry: &&Entry| match &entry.value.data {
            Data::Null => false,
            Data::Mapping(service) => service.contains("extends"),
            _ => true,
        };
        let names: Vec<Rc<str>> = services.iter().filter(wanting).map(|entry| entry.key.clone()).collect();
        for name in names {
            self.extend_service(&name, services, context, replaced);
        }
        own.insert(entry);
    }

    fn extend_service(&mut self, name: &str, services: &mut Mapping, context: Context, replaced: &Replaced) {
        let Some(entry) = services.entry(name) else { return };
        if entry.value.as_mapping().is_none() {
            let what = super::schema::type_name(&entry.value);
            let message = format!("service `{name}` must be a mapping, and is {what}");
            let diagnostic = Diagnostic::new("wrong-type", Severity::Error, entry.whole_span(), message);
            self.problems.refuse(format!("services.{name} must be a mapping"), diagnostic);
            services.remove(name);
            return;
        }
        let mut chain = Chain::new();
        let file = context.path.to_string();
        let lookup = Lookup { context, file, chain: &mut chain, replaced: vec![replaced] };
        if let Some(merged) = self.extended(name, services, lookup) {
            replace(services, name, merged);
        }
    }

    /// The service with what it starts from merged below it; `None` if it is none, or null.
    fn extended(&mut self, name: &str, services: &mut Mapping, lookup: Lookup) -> Option<Value> {
        let service = services.get(name)?.clone();
        let Data::Mapping(mapping) = &service.data else { return None };
        let Some(extends) = mapping.entry("extends") else { return Some(service) };
        let span = extends.value.span;
        let (target, file) = match &extends.value.data {
            Data::Text(target) => (target.clone(), None),
            Data::Mapping(long) => match long.get("service").map(|value| &value.data) {
                Some(Data::Text(target)) => (target.clone(), long.text("file").map(String::from)),
                _ => {
                    let message = "`extends` needs `service`: the service to start from";
                    let diagnostic = Diagnostic::new("missing-key", Severity::Error, span, message);
                    self.problems.refuse(format!("extends.{name}.service is required"), diagnostic);
                    return Some(without_extends(service));
                }
            },
            // Docker then looks for a service without a name.
            _ => ("".into(), None),
        };
        let base = match file {
            Some(file) => self.base_from_file(name, &target, &file, span, lookup),
            None => self.base_from_services(name, &target, span, services, lookup),
        };
        // What extends an empty service stays as it is, `extends` included.
        let Some(mut base) = base else { return Some(service) };
        let top = Path::TOP.key("services");
        merge::merge(&mut base, service, &top.key("x"), &mut self.problems);
        Some(without_extends(base))
    }

    fn base_from_services(
        &mut self,
        name: &str,
        target: &str,
        span: Span,
        services: &mut Mapping,
        lookup: Lookup,
    ) -> Option<Value> {
        if !services.contains(target) {
            let text = format!("cannot extend service \"{name}\" in {}: service \"{target}\" not found", lookup.file);
            self.no_such_service(text, target, span, services);
            return None;
        }
        self.follow(name, span, lookup.file.clone(), lookup.chain)?;
        let replaced = lookup.replaced.clone();
        let inner = Lookup { chain: &mut *lookup.chain, replaced: lookup.replaced, ..lookup };
        let mut base = self.extended(target, services, inner)?;
        if services.get(target).is_some_and(|known| known.as_mapping().is_some_and(|known| known.contains("extends"))) {
            replace(services, target, base.clone());
        }
        take_out(&mut base, name, &replaced);
        Some(base)
    }

    fn no_such_service(&mut self, text: String, target: &str, span: Span, services: &Mapping) {
        let mut diagnostic = Diagnostic::new(
            "undefined-service",
            Severity::Error,
            span,
            format!("there is no service `{target}` to start from"),
        );
        if let Some(meant) = suggestion::closest(target, services.iter().map(|entry| &*entry.key)) {
            diagnostic.remedy = format!("Did you mean `{meant}`?");
        }
        self.problems.refuse(text, diagnostic);
    }

    /// Notes that a service is being extended; `None` if that leads in a circle.
    fn follow(&mut self, name: &str, span: Span, file: String, chain: &mut Chain) -> Option<()> {
        let next = (file, name.to_string());
        if !chain.contains(&next) {
            chain.push(next);
            return Some(());
        }
        let line = |(file, service): &(String, String)| format!("{service} in {file}");
        let first = chain.first().map(line).unwrap_or_default();
        let mut text = format!("Circular reference:\n  {first}");
        for step in chain[1..].iter().chain([&next]) {
            text.push_str(&format!("\n  extends {}", line(step)));
        }
        let names: Vec<&str> = chain.iter().map(|(_, service)| service.as_str()).chain([name]).collect();
        let message = format!("services extend each other in a circle: {}", names.join(", "));
        self.problems.refuse(text, Diagnostic::new("extends-cycle", Severity::Error, span, message));
        None
    }

    fn base_from_file(&mut self, name: &str, target: &str, file: &str, span: Span, lookup: Lookup) -> Option<Value> {
        let context = lookup.context;
        let path = absolute(&context.request.lookup_directory, file);
        let id = self.read(&path, span)?;
        let folder = parent(&path);
        let seen_from = relative(&context.request.lookup_directory, &folder);
        let request = Request {
            files: vec![path.clone()],
            directory: seen_from.clone(),
            lookup_directory: folder,
            environment: context.request.environment.clone(),
        };
        let mut model = Mapping::default();
        let inner = Context { request: &request, path: &path, included: &[], steps: Steps::Lending };
        let replaced = self.file(id, inner, &mut model);
        let Some(mut services) = model.mapping("services").cloned() else {
            let what = if model.contains("services") { "services must be a mapping" } else { "no services section" };
            let text = format!("cannot extend service \"{name}\" in {path}: {what}");
            self.no_such_service(text, target, span, &Mapping::default());
            return None;
        };
        if !services.contains(target) {
            let text = format!(
                "cannot extend service \"{name}\" in {}: service \"{target}\" not found in {file}",
                lookup.file
            );
            self.no_such_service(text, target, span, &services);
            return None;
        }
        let base = Base { directory: &seen_from, home: self.home.as_deref() };
        resolve_paths::resolve(&mut model, base, &mut self.problems);
        if let Some(resolved) = model.mapping("services") {
            services = resolved.clone();
        }
        self.follow(name, span, file.to_string(), lookup.chain)?;
        let before = lookup.replaced.clone();
        let mut outer = lookup.replaced;
        outer.push(&replaced);
        let inner = Lookup { context, file: file.to_string(), chain: lookup.chain, replaced: outer };
        let mut base = self.extended(target, &mut services, inner)?;
        take_out(&mut base, name, &before);
        Some(base)
    }
}

/// Takes what is `!reset` or `!override` in the service called `name` out of what it starts from.
fn take_out(base: &mut Value, name: &str, replaced: &[&Replaced]) {
    let Data::Mapping(mapping) = &mut base.data else { return };
    for paths in replaced {
        for path in paths.iter() {
            if let [services, service, rest @ ..] = path.as_slice()
                && &**services == "services"
                && &**service == name
                && !rest.is_empty()
            {
                reset::apply(mapping, &vec![rest.to_vec()]);
            }
        }
    }
}

fn without_extends(mut service: Value) -> Value {
    if let Some(mapping) = service.as_mapping_mut() {
        mapping.remove("extends");
    }
    service
}

fn replace(services: &mut Mapping, name: &str, value: Value) {
    let known = services.entry(name).map(|entry| (entry.key.clone(), entry.key_span));
    if let Some((key, key_span)) = known {
        services.insert(Entry { key, key_span, value });
    }
}
