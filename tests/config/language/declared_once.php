<?php
if (!function_exists('myf')) { function myf() { return 'x'; } }
$CONFIG['a']=myf();
if (!defined('MYC')) define('MYC', 5);
$CONFIG['b']=MYC;
if (!isset($CONFIG)) $CONFIG=[];
$CONFIG['c']=function_exists('trim');
$CONFIG['e']=is_callable('trim');
