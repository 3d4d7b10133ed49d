use strict;
use warnings;
use Crypt::Argon2 qw(argon2id_pass argon2id_verify);

my ($password, $encoded) = @ARGV;
if (defined $encoded) {
    print argon2id_verify($encoded, $password) ? "match\n" : "no match\n";
} else {
    print argon2id_pass($password, "a salt of text", 3, "32M", 1, 16), "\n";
}
