<?php
$CONFIG = ['a'=>1];
function addTo(array &$arr, $k, $v) { $arr[$k]=$v; }
addTo($CONFIG,'b',2);
array_walk($CONFIG, function(&$v,$k){ $v="$k=$v"; });
foreach ($CONFIG as $k=>&$v) { $v.='!'; }
unset($v);
$copy=$CONFIG;
$copy['a']='changed';
$CONFIG['n']=count($CONFIG, COUNT_RECURSIVE);
extract(['ex'=>5]);
$CONFIG['ex']=$ex;
settype($CONFIG['ex'],'string');
