<?php
// Each algorithm that is evaluated, on texts of several lengths and on bytes that are no text.
$names = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha512/224', 'sha512/256',
    'sha3-224', 'sha3-256', 'sha3-384', 'sha3-512', 'ripemd160', 'adler32', 'crc32', 'crc32b',
    'crc32c', 'fnv132', 'fnv1a32', 'fnv164', 'fnv1a64', 'joaat', 'xxh32', 'xxh64', 'xxh3', 'xxh128'];
$texts = ['', 'a', 'The quick brown fox', str_repeat("\xff\x00\x80z", 77)];
foreach ($names as $name) {
    foreach ($texts as $text) {
        $CONFIG[$name][] = hash($name, $text);
    }
    $CONFIG['binary'][] = bin2hex(hash($name, 'a', true));
    $CONFIG['listed'][] = in_array($name, hash_algos());
    $CONFIG['hmac'][] = in_array($name, hash_hmac_algos()) ? hash_hmac($name, 'text', 'key') : null;
}
$CONFIG['upper'] = hash('SHA256', 'a');
$CONFIG['no options'] = hash('sha256', 'a', false, []);
$CONFIG['algos'] = [hash_algos(), hash_hmac_algos()];
foreach ([fn() => hash('nope', 'a'), fn() => hash_hmac('crc32', 'a', 'k')] as $f) {
    try { $f(); } catch (ValueError $e) { $CONFIG['errors'][] = $e->getMessage(); }
}
