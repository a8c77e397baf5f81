//! What is odd about a state that was loaded from bytes, where a document would have been refused
//! or corrected.

use zkreg::image::Image;

use super::{document, imported, options};

#[test]
fn what_only_bytes_can_say_is_found_too() {
    type Edit = fn(&mut Image);
    let cases: [(&str, &str, Edit); 5] = [
        ("a negative EE version", "version_negative", |image| {
            first(&mut image.zk_nodes).supported_ee_version = -1;
        }),
        ("a negative part of a version", "version_negative", |image| {
            let version = &mut first(&mut image.zk_nodes).supported_protocol_version;
            version.as_mut().expect("it is known").patch = -1;
        }),
        ("stakes one unit too high", "total_stakes_unfitting", |image| {
            let work = first(&mut image.computations);
            work.total_stakes = work.share * 4 + 1;
        }),
        ("stakes one unit too low", "total_stakes_unfitting", |image| {
            let work = first(&mut image.computations);
            work.total_stakes = (work.share - 1) * 4;
        }),
        ("another share", "shares_unequal", |image| {
            first(&mut image.computations).share += 1;
        }),
    ];
    let sound = imported(&document("live.export.json"), &options()).image;
    let kept = sound.findings();
    for (case, code, edit) in cases {
        let mut image = sound.clone();
        edit(&mut image);
        let (state, trees) = image.store();
        let loaded = Image::load(&state, &trees).expect("it is odd and no more");
        let mut findings = loaded.findings();
        findings.retain(|finding| !kept.contains(finding));
        let codes: Vec<_> = findings.iter().map(|finding| finding.code()).collect();
        assert_eq!(codes, [code], "{case}");
    }
}

fn first<K: Ord, V>(map: &mut std::collections::BTreeMap<K, V>) -> &mut V {
    map.values_mut().next().expect("there are some")
}
