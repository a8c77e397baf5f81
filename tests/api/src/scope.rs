//! Where a name leads that stands in a module.

use syn::{ItemUse, UseTree};

use crate::crates::{Crate, Place, is_public};
use crate::show;

/// One name that a `use` brings into a module.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) is_public: bool,
    /// The path as written.
    pub(crate) path: Place,
    /// The name here; `*` for all names of a module.
    pub(crate) name: String,
    /// The declaration for this name alone.
    pub(crate) text: String,
}

/// The names that a declaration brings.
pub(crate) fn imports(declaration: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    walk(&declaration.tree, &mut Vec::new(), &mut found);
    let visibility = show::tokens(&declaration.vis);
    let import = |(path, name): (Place, String)| {
        let joined = path.join("::");
        let all = if name == "*" { "::*" } else { "" };
        let renamed = path.last().is_some_and(|last| *last != name && name != "*");
        let rename = if renamed { format!(" as {name}") } else { String::new() };
        let text = format!("{visibility} use {joined}{all}{rename};");
        Import { is_public: is_public(&declaration.vis), path, name, text }
    };
    found.into_iter().map(import).collect()
}

fn walk(tree: &UseTree, path: &mut Place, found: &mut Vec<(Place, String)>) {
    match tree {
        UseTree::Path(it) => {
            path.push(it.ident.to_string());
            walk(&it.tree, path, found);
            path.pop();
        }
        UseTree::Name(it) => {
            let name = it.ident.to_string();
            match (name.as_str(), path.last().cloned()) {
                ("self", Some(last)) => found.push((path.clone(), last)),
                _ => found.push(([path.clone(), vec![name.clone()]].concat(), name)),
            }
        }
        UseTree::Rename(it) => {
            let path = [path.clone(), vec![it.ident.to_string()]].concat();
            found.push((path, it.rename.to_string()));
        }
        UseTree::Glob(_) => found.push((path.clone(), "*".to_owned())),
        UseTree::Group(it) => it.items.iter().for_each(|tree| walk(tree, path, found)),
    }
}

/// Where a path of the module `place` leads within the crate; `None` if it leads out of it.
pub(crate) fn resolve(it: &Crate, place: &Place, path: &Place) -> Option<Place> {
    follow(it, place, path, 16)
}

fn follow(it: &Crate, place: &Place, path: &Place, depth: usize) -> Option<Place> {
    if depth == 0 {
        return None;
    }
    let (first, rest) = path.split_first()?;
    let (start, rest) = match first.as_str() {
        "crate" => (Vec::new(), rest),
        "self" => (place.clone(), rest),
        "super" => (place.split_last()?.1.to_vec(), rest),
        _ => (place.clone(), path.as_slice()),
    };
    let Some((name, more)) = rest.split_first() else { return Some(start) };
    if name == "super" || name == "self" {
        return follow(it, &start, &rest.to_vec(), depth - 1);
    }
    let module = it.modules.get(&start)?;
    if module.modules.contains_key(name) {
        let within = [start, vec![name.clone()]].concat();
        return match more {
            [] => Some(within),
            _ => follow(it, &within, &[vec!["self".to_owned()], more.to_vec()].concat(), depth - 1),
        };
    }
    if module.items.iter().any(|item| show::name(item).as_ref() == Some(name)) {
        return Some([start, vec![name.clone()]].concat());
    }
    if let Some(import) = module.imports.iter().find(|import| import.name == *name) {
        let path = [import.path.clone(), more.to_vec()].concat();
        // A path that begins with the name that it brings is that of another crate.
        let is_own = import.path.first() != Some(name);
        return is_own.then(|| follow(it, &start, &path, depth - 1)).flatten();
    }
    let makes = |item: &syn::Item| matches!(item, syn::Item::Macro(call) if call.ident.is_none());
    let is_made = module.items.iter().any(makes) && first == "self";
    (is_made && more.is_empty()).then(|| [start, vec![name.clone()]].concat())
}
