<?php
$CONFIG=[parse_url('https://user:pa%40ss@host.example:8443/path/x?y=1&z#frag'),
    parse_url('redis://localhost'),parse_url('//host/path'),parse_url('/just/path?x'),
    parse_url('host:6379'),parse_url('https://[::1]:80/'),parse_url('https://h/p',
    PHP_URL_HOST),parse_url('https://h/p',PHP_URL_PORT),parse_url('http:///x'),
    parse_url('mailto:a@b.c'),parse_url('https://host?q'),parse_url('https://host#f'),
    parse_url(''),parse_url('x'),parse_url('http://host:99999'),parse_url('unix:///var/run/x.sock'),
     parse_url('postgres://u:p@db/nc?sslmode=require'), parse_url('tls://h:1'),
     parse_url('redis://:secret@host:6379/0'), parse_url('http://a:b@c:d@h/')];
