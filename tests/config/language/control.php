<?php
function levels($n) { $out=[]; for($i=0;;$i++) { for(;;) { if($i>=$n) break 2;
    $out[]=$i; continue 2; } } return $out; }
$CONFIG['l']=levels(3);
function early() { while(true) { switch(1) { case 1: return 'sw'; } } }
$CONFIG['e']=early();
function gen_none() { if(false) { return 1; } }
$CONFIG['g']=gen_none();
try { try { throw new Exception('a'); } catch(TypeError $t) { $CONFIG['t']=1;
    } finally { $CONFIG['fi']=1; } } catch(Exception) { $CONFIG['caught']=1; }
try { $CONFIG['try']=1; } finally { $CONFIG['fin2']=1; }
$CONFIG['ex']=[(new Exception('m',7))->getCode(),(new Exception)->getMessage(),
    is_string((new Exception)->getFile()),(new Exception)->getLine(),(new Exception(message:'named'))->getMessage(),
    (new Exception('x',previous:null))->getPrevious()];
do $i=($i??0)+1;
while($i<3);
$CONFIG['i']=$i;
for($i=0;$i<3;++$i): endfor;
$CONFIG['i2']=$i;
while($i-->0);
$CONFIG['i3']=$i;
if($i): elseif(!$i): endif;
foreach(['a'] as $k=>$v): endforeach;
switch($i){ case -1; $CONFIG['semi']=1; }
