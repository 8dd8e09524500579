<?php
$CONFIG['x']=include __DIR__.'/nope.php';
$CONFIG['y']=(include '/etc/hostname');
$CONFIG['z']=basename(__DIR__).basename(__FILE__);
