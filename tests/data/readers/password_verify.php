<?php
[, $password] = $argv;
if ($argc == 2) {
    echo password_hash($password, PASSWORD_ARGON2ID), "\n";
} else {
    echo password_verify($password, $argv[2]) ? "match\n" : "no match\n";
}
