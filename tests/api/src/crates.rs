//! A crate as a tree of modules, and what of it can be named from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, Visibility};

use crate::scope::{Import, imports, resolve};
use crate::show;

/// A path in the crate, without the crate's own name.
pub(crate) type Place = Vec<String>;

/// A module, with what stands in it.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) items: Vec<Item>,
    pub(crate) imports: Vec<Import>,
    /// The modules in it, and whether each is public.
    pub(crate) modules: BTreeMap<String, bool>,
}

/// The sources of a crate.
#[derive(Debug)]
pub struct Crate {
    name: String,
    pub(crate) modules: BTreeMap<Place, Module>,
}

impl Crate {
    /// Reads the crate whose root is this file.
    ///
    /// # Panics
    ///
    /// If a file of it cannot be read, or is no Rust.
    pub fn read(name: &str, root: &Path) -> Crate {
        let mut it = Crate { name: name.to_owned(), modules: BTreeMap::new() };
        let folder = root.parent().expect("a file has a folder");
        it.load(Vec::new(), &source(root), Some(folder.to_owned()));
        it
    }

    /// The crate that consists of this text.
    ///
    /// # Panics
    ///
    /// If it is no Rust.
    pub fn parse(name: &str, text: &str) -> Crate {
        let mut it = Crate { name: name.to_owned(), modules: BTreeMap::new() };
        it.load(Vec::new(), text, None);
        it
    }

    fn load(&mut self, place: Place, text: &str, folder: Option<PathBuf>) {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{place:?}: {error}"));
        self.add(place, file.items, folder);
    }

    /// Takes a module in; `folder` is where the files of the modules in it are.
    fn add(&mut self, place: Place, items: Vec<Item>, folder: Option<PathBuf>) {
        let mut module = Module::default();
        for item in items.into_iter().filter(|item| !is_test(show::attributes(item))) {
            match item {
                Item::Mod(inner) => {
                    let name = inner.ident.to_string();
                    module.modules.insert(name.clone(), is_public(&inner.vis));
                    let place = [place.clone(), vec![name.clone()]].concat();
                    let within = folder.as_ref().map(|folder| folder.join(&name));
                    match (inner.content, &folder) {
                        (Some((_, items)), _) => self.add(place, items, within),
                        (None, Some(folder)) => {
                            let file = folder.join(format!("{name}.rs"));
                            let file = if file.exists() {
                                file
                            } else {
                                folder.join(&name).join("mod.rs")
                            };
                            self.load(place, &source(&file), within);
                        }
                        (None, None) => panic!("{name} has no file"),
                    }
                }
                Item::Use(it) => module.imports.extend(imports(&it)),
                item => module.items.push(item),
            }
        }
        self.modules.insert(place, module);
    }

    /// A line for everything that can be named from outside, sorted.
    pub fn listing(&self) -> Vec<String> {
        let mut listing = Listing { it: self, lines: BTreeSet::new(), shown: BTreeMap::new() };
        listing.module(&Vec::new(), &Vec::new(), &mut BTreeSet::new());
        listing.implementations();
        listing.lines.into_iter().collect()
    }
}

fn source(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

pub(crate) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Whether it is there in tests only.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|it| show::tokens(it).replace(' ', "") == "#[cfg(test)]")
}

struct Listing<'a> {
    it: &'a Crate,
    lines: BTreeSet<String>,
    /// Where each type is shown, by where it stands.
    shown: BTreeMap<Place, Place>,
}

impl Listing<'_> {
    /// Lists what a module shows under the path `shown`.
    fn module(&mut self, place: &Place, shown: &Place, seen: &mut BTreeSet<(Place, Place)>) {
        if !seen.insert((place.clone(), shown.clone())) {
            return;
        }
        let Some(module) = self.it.modules.get(place) else { return };
        for item in &module.items {
            if let Item::Macro(call) = item {
                if call.ident.is_none() {
                    self.macro_call(shown, item);
                }
            } else if show::visibility(item).is_some_and(is_public) {
                self.item(place, shown, item, None);
            }
        }
        for (name, _) in module.modules.iter().filter(|(_, is_public)| **is_public) {
            let inner = |path: &Place| [path.clone(), vec![name.clone()]].concat();
            self.module(&inner(place), &inner(shown), seen);
        }
        for import in module.imports.iter().filter(|import| import.is_public) {
            self.re_export(place, shown, import, seen);
        }
    }

    fn re_export(
        &mut self,
        place: &Place,
        shown: &Place,
        import: &Import,
        seen: &mut BTreeSet<(Place, Place)>,
    ) {
        let target = resolve(self.it, place, &import.path);
        let Some((name, within)) = target.as_ref().and_then(|target| target.split_last()) else {
            self.line(shown, &import.name, &import.text);
            return;
        };
        let within = within.to_vec();
        if import.name == "*" {
            // The path is that of the module whose names all come here.
            self.module(&[within, vec![name.clone()]].concat(), shown, seen);
            return;
        }
        let Some(module) = self.it.modules.get(&within) else { return };
        let all = [within.clone(), vec![name.clone()]].concat();
        if module.modules.contains_key(name) {
            let shown = [shown.clone(), vec![import.name.clone()]].concat();
            self.module(&all, &shown, seen);
        } else if self.is_visible(&all) {
            // It is listed where it stands.
            self.line(shown, &import.name, &import.text);
        } else if let Some(item) =
            module.items.iter().find(|it| show::name(it) == Some(name.clone()))
        {
            self.item(&within, shown, item, Some(&import.name));
        } else {
            // A macro makes it.
            self.line(shown, &import.name, &import.text);
            for item in &module.items {
                if matches!(item, Item::Macro(call) if call.ident.is_none()) {
                    self.macro_call(shown, item);
                }
            }
        }
    }

    /// Whether all modules on the way to a name are public.
    fn is_visible(&self, place: &Place) -> bool {
        (0..place.len() - 1).all(|length| {
            let module = self.it.modules.get(&place[..length]);
            module.is_some_and(|module| module.modules.get(&place[length]) == Some(&true))
        })
    }

    fn line(&mut self, shown: &Place, name: &str, text: &str) {
        let path = [vec![self.it.name.clone()], shown.clone(), vec![name.to_owned()]].concat();
        self.lines.insert(format!("{}: {text}", path.join("::")));
    }

    fn macro_call(&mut self, shown: &Place, item: &Item) {
        if let Item::Macro(call) = item {
            let name = call.mac.path.segments.last().map(|it| it.ident.to_string());
            let name = format!("{}!", name.unwrap_or_default());
            for entry in show::macro_call(call) {
                self.line(shown, &name, &entry);
            }
        }
    }

    fn item(&mut self, place: &Place, shown: &Place, item: &Item, rename: Option<&str>) {
        let Some(name) = show::name(item) else { return };
        let shown_name = rename.map_or(name.clone(), str::to_owned);
        self.line(shown, &shown_name, &show::item(item));
        let own = [shown.clone(), vec![shown_name]].concat();
        for (part, text) in show::parts(item) {
            self.line(&own, &part, &text);
        }
        let stands = [place.clone(), vec![name]].concat();
        let before = self.shown.get(&stands).map_or(usize::MAX, Vec::len);
        if own.len() < before {
            self.shown.insert(stands, own);
        }
    }

    /// What is implemented for the types that are shown, wherever it stands.
    fn implementations(&mut self) {
        for (place, module) in &self.it.modules {
            for item in &module.items {
                let Item::Impl(block) = item else { continue };
                let syn::Type::Path(path) = &*block.self_ty else { continue };
                let path: Place =
                    path.path.segments.iter().map(|it| it.ident.to_string()).collect();
                let stands = resolve(self.it, place, &path);
                let Some(own) = stands.and_then(|it| self.shown.get(&it)).cloned() else {
                    continue;
                };
                if block.trait_.is_some() {
                    let (name, within) = own.split_last().expect("a type has a name");
                    self.line(&within.to_vec(), name, &show::header(block));
                    continue;
                }
                for (part, text) in show::members(block) {
                    self.line(&own, &part, &text);
                }
            }
        }
    }
}
