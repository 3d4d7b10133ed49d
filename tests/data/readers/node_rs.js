const argon2 = require("@node-rs/argon2");

const [password, encoded] = process.argv.slice(2);
if (encoded === undefined) {
    argon2.hash(password).then(console.log);
} else {
    argon2.verify(encoded, password).then((matches) => console.log(matches ? "match" : "no match"));
}
