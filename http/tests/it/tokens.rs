//! JSON web tokens.

use std::{fs, path::Path, time::SystemTime};

use jsonwebtoken::{EncodingKey, Header, encode};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use serde_json::{Value, json};
use wirepath_http::{
    around::{Caller, Claims},
    config::{Around, Auth, HttpConfig, Jwt, JwtAlgorithm, JwtKey, RateKey, RateLimit},
    get, routes,
    testing::{Answer, Client},
};

const SECRET: &str = "a secret of more than thirty-two octets";

#[derive(serde::Deserialize)]
struct Mine {
    sub: String,
    tenant: u64,
}

#[get("/mine")]
async fn mine(Claims(mine): Claims<Mine>) -> String {
    format!("{} {}", mine.sub, mine.tenant)
}

#[get("/me")]
async fn me(caller: Caller) -> String {
    caller.name().to_owned()
}

#[get("/kind")]
async fn kind(caller: Caller) -> String {
    format!("{:?} {}", caller.kind(), caller.name())
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// Claims that are right, changed by others.
fn claims(changes: Value) -> Value {
    let mut claims =
        json!({"sub": "me", "tenant": 7, "exp": now() + 600, "iss": "us", "aud": "api"});
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

fn hs256(claims: &Value) -> String {
    encode(&Header::default(), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

/// RFC 4648 §5, without padding.
fn base64url(octets: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in octets.chunks(3) {
        let mut bits = [0; 3];
        bits[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, bits[0], bits[1], bits[2]]);
        for i in 0..=chunk.len() {
            text.push(LETTERS[(bits >> (18 - 6 * i) & 63) as usize] as char);
        }
    }
    text
}

/// A token with any head, signed by a function.
fn token(head: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| base64url(value.to_string().as_bytes());
    let message = format!("{}.{}", part(head), part(claims));
    format!("{message}.{}", base64url(&sign(message.as_bytes())))
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    ring::hmac::sign(&key, message).as_ref().to_vec()
}

async fn ask(jwt: Jwt, path: &str, token: &str) -> Answer {
    let around = Around::new().auth(Auth::new().jwt(jwt).rule(&["/me"], &["read"]));
    let client = Client::new(routes![mine, me], ()).around(&around).unwrap();
    client.get(path).header("authorization", &format!("Bearer {token}")).send().await
}

fn jwt() -> Jwt {
    Jwt::hs256(SECRET).issuer("us").audience("api")
}

#[tokio::test]
async fn claims_are_checked_and_come_to_the_handler() {
    // Its provider is there with the first client.
    drop(Client::new(routes![me], ()).around(&Around::new().auth(Auth::new().jwt(jwt()))).unwrap());
    let answer = ask(jwt(), "/mine", &hs256(&claims(json!({})))).await;
    assert_eq!(answer.text(), "me 7");
    for (changes, why) in [
        (json!({"exp": now() - 60}), "the token has expired"),
        (json!({"exp": null}), "the token lacks a claim"),
        (json!({"nbf": now() + 60}), "the token is not valid yet"),
        (json!({"iss": "them"}), "the token is of another issuer"),
        (json!({"iss": null}), "the token lacks a claim"),
        (json!({"aud": ["web", "app"]}), "the token is for somebody else"),
        (json!({"aud": null}), "the token lacks a claim"),
        (json!({"tenant": "x"}), "the token does not say what is needed"),
    ] {
        let answer = ask(jwt(), "/mine", &hs256(&claims(changes.clone()))).await;
        assert_eq!(answer.status(), 401, "{changes}");
        assert!(answer.text().contains(why), "{changes}: {}", answer.text());
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{changes}");
    }
    for changes in
        [json!({"exp": now() - 10}), json!({"nbf": now() + 10}), json!({"aud": ["x", "api"]})]
    {
        let answer = ask(jwt(), "/mine", &hs256(&claims(changes.clone()))).await;
        assert_eq!(answer.status(), 200, "{changes}");
    }
}

#[tokio::test]
async fn a_subject_is_no_key_of_the_same_name_and_none_counts_by_address() {
    let auth = Auth::new().jwt(jwt()).api_key("billing", "0123456789abcdef", &[]);
    let limit = RateLimit::new(RateKey::Key, 1).per_s(3_600);
    let around = Around::new().auth(auth).rate_limit(limit);
    let mut client = Client::new(routes![kind], ()).around(&around).unwrap();
    let token = |sub: Value| format!("Bearer {}", hs256(&claims(json!({"sub": sub}))));
    for (host, header, value, expected) in [
        (1, "x-api-key", "0123456789abcdef".to_owned(), "Key billing"),
        (1, "x-api-key", "0123456789abcdef".to_owned(), ""),
        (1, "authorization", token("billing".into()), "Token billing"),
        (2, "authorization", token("billing".into()), ""),
        (1, "authorization", token(Value::Null), "Token "),
        (1, "authorization", token(Value::Null), ""),
        (2, "authorization", token("".into()), "Token "),
    ] {
        client = client.from_peer(([192, 0, 2, host], 1).into());
        let answer = client.get("/kind").header(header, &value).send().await;
        match expected {
            "" => assert_eq!(answer.status(), 429, "{host} {header}"),
            expected => assert_eq!(answer.text(), expected, "{host} {header}"),
        }
    }
}

#[tokio::test]
async fn scopes_are_in_a_text_or_in_a_list() {
    drop(ask(jwt(), "/me", "").await);
    for (changes, status) in [
        (json!({}), 403),
        (json!({"scope": "write ready"}), 403),
        (json!({"scope": "write read"}), 200),
        (json!({"scopes": ["read"]}), 200),
    ] {
        let answer = ask(jwt(), "/me", &hs256(&claims(changes.clone()))).await;
        assert_eq!(answer.status(), status, "{changes}");
        let challenge =
            if status == 403 { "Bearer error=\"insufficient_scope\", scope=\"read\"" } else { "" };
        assert_eq!(answer.header("www-authenticate"), challenge);
    }
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_401() {
    let good = claims(json!({}));
    let head = json!({"alg": "HS256"});
    let signed = |head: &Value| token(head, &good, |it| hmac(SECRET.as_bytes(), it));
    assert_eq!(ask(jwt(), "/mine", &signed(&head)).await.status(), 200);
    let mut tampered = signed(&head);
    tampered.insert(tampered.find('.').unwrap() + 3, 'A');
    for token in [
        String::new(),
        "a.b.c".to_owned(),
        "x".repeat(20_000),
        tampered,
        token(&head, &good, |it| hmac(b"another secret of thirty-two octets", it)),
        token(&json!({"alg": "none"}), &good, |_| Vec::new()),
        token(&json!({"alg": "none"}), &good, |it| hmac(SECRET.as_bytes(), it)),
        signed(&json!({"alg": "HS512"})),
        signed(&json!({"alg": "HS256", "crit": ["exp"]})),
        token(&head, &json!([1]), |it| hmac(SECRET.as_bytes(), it)),
    ] {
        let answer = ask(jwt(), "/mine", &token).await;
        assert_eq!(answer.status(), 401, "{token}");
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with("Bearer error=\"invalid_token\", error_des"), "{challenge}");
    }
    let around = Around::new().auth(Auth::new().jwt(jwt()));
    let client = Client::new(routes![mine], ()).around(&around).unwrap();
    let basic = client.get("/mine").header("authorization", "Basic eDp5").send().await;
    assert_eq!((basic.status().as_u16(), basic.header("www-authenticate")), (401, "Bearer"));
}

fn data(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

#[tokio::test]
async fn public_keys_by_name_and_no_algorithm_for_another() {
    // ES256: a key made here.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("es256.pem");
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let pair = rcgen::KeyPair::try_from(pkcs8.as_ref()).unwrap();
    fs::write(&path, pair.public_key_pem()).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
    let key = key.unwrap();
    let sign = |it: &[u8]| key.sign(&random, it).unwrap().as_ref().to_vec();
    // RS256: a token that was signed once, until the year 2100.
    let rsa = data("rs256.pub.pem");
    let by_rsa = fs::read_to_string(data("rs256.jwt")).unwrap();
    let public = |algorithm, path: &Path, kid: &str| JwtKey::public(algorithm, path).named(kid);
    let both = || {
        let es = public(JwtAlgorithm::ES256, &path, "es");
        Jwt::default().key(es).key(public(JwtAlgorithm::RS256, &rsa, "rsa"))
    };
    let good = claims(json!({"scope": "read"}));
    let by_es = |kid: Value| token(&json!({"alg": "ES256", "kid": kid}), &good, sign);
    assert_eq!(ask(both(), "/me", &by_es("es".into())).await.text(), "me");
    // It lacks the scope, so it was checked.
    assert_eq!(ask(both(), "/me", by_rsa.trim()).await.status(), 403);
    // A public key is known to everybody: it is no secret of HMAC's.
    let public_pem = fs::read(&rsa).unwrap();
    let head = json!({"alg": "HS256", "kid": "rsa"});
    let confused = token(&head, &good, |it| hmac(&public_pem, it));
    let mut tampered = by_rsa.trim().to_owned();
    tampered.insert(60, 'A');
    for token in [by_es("rsa".into()), by_es(Value::Null), confused, tampered] {
        assert_eq!(ask(both(), "/me", &token).await.status(), 401, "{token}");
    }
}

#[test]
fn mistakes_are_named_and_secrets_are_not() {
    let rsa = data("rs256.pub.pem");
    let rsa = rsa.display();
    for (jwt, expected) in [
        ("{}".to_owned(), "expected 1 to 100 keys"),
        ("{issuers: }".to_owned(), "invalid value for `around.auth.jwt.issuers`"),
        ("{audiences: }".to_owned(), "invalid value for `around.auth.jwt.audiences`"),
        ("{keys: [{algorithm: HS256, secret: sh0rt}]}".to_owned(), "expected 32 octets at least"),
        ("{keys: [{algorithm: HS256}]}".to_owned(), "`around.auth.jwt.keys[0].secret`"),
        (format!("{{keys: [{{algorithm: HS256, public_key_path: {rsa}}}]}}"), "no public key"),
        (
            format!("{{keys: [{{algorithm: RS256, secret: sh0rt, public_key_path: {rsa}}}]}}"),
            "no secret",
        ),
        (format!("{{keys: [{{algorithm: ES256, public_key_path: {rsa}}}]}}"), "BEGIN PUBLIC KEY"),
        ("{keys: [{algorithm: ES256, public_key_path: /none/such}]}".to_owned(), "cannot be read"),
        ("{keys: [{algorithm: none}]}".to_owned(), "`HS256`"),
        (
            format!("{{keys: [{{algorithm: RS256, public_key_path: {rsa}}}], leeway_s: 3601}}"),
            "expected 0 to 3600",
        ),
    ] {
        let text = format!("around: {{auth: {{jwt: {jwt}}}}}");
        let loaded = HttpConfig::from_str(&text, "http.yaml", &Default::default());
        let error = loaded.unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
        assert!(!error.contains("sh0rt"), "{error}");
    }
}
