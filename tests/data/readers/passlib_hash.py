import sys
from passlib.hash import argon2

password, *encoded = sys.argv[1:]
if not encoded:
    print(argon2.hash(password))
else:
    print("match" if argon2.verify(password, encoded[0]) else "no match")
