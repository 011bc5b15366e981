//! What the stores promise: atomic, ordered, bounded, kept.

use futures::future::join_all;

use super::*;

fn open(folder: &Path) -> Database {
    Database::open(folder, Arc::new(Metrics::new())).unwrap()
}

#[tokio::test]
async fn values_are_kept_apart_by_store_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path());
    let (one, two) = (database.store("one"), database.store("two"));
    one.set("k".into(), b"1".to_vec()).await.unwrap();
    two.set("k".into(), b"2".to_vec()).await.unwrap();
    assert_eq!(one.get("k".into()).await.unwrap().unwrap(), b"1");
    assert_eq!(two.get("k".into()).await.unwrap().unwrap(), b"2");
    one.delete("k".into()).await.unwrap();
    one.delete("k".into()).await.unwrap();
    assert!(!one.exists("k".into()).await.unwrap());
    assert!(two.exists("k".into()).await.unwrap());
    assert_eq!(one.get("k".into()).await.unwrap(), None);
}

#[tokio::test]
async fn concurrent_increments_are_all_counted() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).store("default");
    let mut sums = join_all((0..500).map(|_| store.increment("n".into(), 1)))
        .await
        .into_iter()
        .collect::<Result<Vec<i64>, _>>()
        .unwrap();
    sums.sort_unstable();
    assert_eq!(sums, (1..=500).collect::<Vec<i64>>());
    assert_eq!(store.increment("n".into(), -500).await.unwrap(), 0);
    assert_eq!(store.get("n".into()).await.unwrap().unwrap(), [0; 8]);
}

#[tokio::test]
async fn a_counter_neither_overflows_nor_reads_other_values() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).store("default");
    store.increment("n".into(), i64::MAX).await.unwrap();
    let error = store.increment("n".into(), 1).await.unwrap_err();
    assert!(error.contains("would not fit"), "{error}");
    store.set("text".into(), b"abc".to_vec()).await.unwrap();
    let error = store.increment("text".into(), 1).await.unwrap_err();
    assert!(error.contains("holds no counter"), "{error}");
    assert_eq!(store.get("text".into()).await.unwrap().unwrap(), b"abc");
}

#[tokio::test]
async fn of_many_that_create_a_key_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).store("default");
    let won = join_all((0..50u8).map(|i| store.swap("k".into(), None, vec![i]))).await;
    assert_eq!(won.iter().filter(|won| *won == &Ok(true)).count(), 1);
    assert_eq!(won.iter().filter(|won| *won == &Ok(false)).count(), 49);
}

#[tokio::test]
async fn a_swap_fails_after_any_write_even_back_to_the_same_value() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).store("default");
    store.set("k".into(), b"a".to_vec()).await.unwrap();
    let seen = store.snapshot("k".into()).await.unwrap();
    assert_eq!(seen.value.as_deref(), Some(&b"a"[..]));
    store.set("k".into(), b"b".to_vec()).await.unwrap();
    store.set("k".into(), b"a".to_vec()).await.unwrap();
    assert!(!store.swap("k".into(), seen.revision, b"c".to_vec()).await.unwrap());
    store.delete("k".into()).await.unwrap();
    assert!(!store.swap("k".into(), seen.revision, b"c".to_vec()).await.unwrap());
    store.set("k".into(), b"a".to_vec()).await.unwrap();
    assert!(!store.swap("k".into(), seen.revision, b"c".to_vec()).await.unwrap());
    let seen = store.snapshot("k".into()).await.unwrap();
    assert!(store.swap("k".into(), seen.revision, b"c".to_vec()).await.unwrap());
    assert_eq!(store.get("k".into()).await.unwrap().unwrap(), b"c");
}

#[tokio::test]
async fn keys_come_in_pages_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).store("default");
    for key in ["b", "a", "ä", "c", "a/1"] {
        store.set(key.into(), Vec::new()).await.unwrap();
    }
    let all = store.keys(None, 100).await.unwrap();
    assert_eq!(all, ["a", "a/1", "b", "c", "ä"]);
    assert_eq!(store.keys(None, 2).await.unwrap(), all[..2]);
    assert_eq!(store.keys(Some("a/1".into()), 2).await.unwrap(), all[2..4]);
    assert!(store.keys(Some("ä".into()), 2).await.unwrap().is_empty());
}

#[tokio::test]
async fn large_values_are_kept_and_too_large_ones_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).store("default");
    let large = vec![7; VALUE_BYTES];
    store.set("k".into(), large.clone()).await.unwrap();
    assert_eq!(store.get("k".into()).await.unwrap().unwrap(), large);
    let error = store.set("k".into(), vec![0; VALUE_BYTES + 1]).await.unwrap_err();
    assert!(error.contains("are allowed"), "{error}");
    let error = store.get("k".repeat(KEY_BYTES + 1)).await.unwrap_err();
    assert!(error.contains("are allowed"), "{error}");
}

#[tokio::test]
async fn the_file_outlives_the_host_and_has_one_host_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(folder.path());
    let store = database.store("default");
    store.set("k".into(), b"kept".to_vec()).await.unwrap();
    let second = Database::open(folder.path(), Arc::new(Metrics::new()));
    assert!(matches!(second, Err(DatabaseError::InUse(_))));
    drop((store, database));
    let store = open(folder.path()).store("default");
    assert_eq!(store.get("k".into()).await.unwrap().unwrap(), b"kept");
}

#[test]
fn a_file_of_another_layout_or_kind_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key-value.sqlite");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    let wrong = Database::open(folder.path(), Arc::new(Metrics::new()));
    assert!(matches!(wrong, Err(DatabaseError::Layout { found: 9, .. })));
    std::fs::write(&path, vec![b'x'; 4096]).unwrap();
    let wrong = Database::open(folder.path(), Arc::new(Metrics::new()));
    assert!(matches!(wrong, Err(DatabaseError::Sqlite { .. })));
}
