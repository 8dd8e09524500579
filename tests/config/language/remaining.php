<?php
$v=5;
$CONFIG['r']=&$v;
$v=6;
$CONFIG['t']=[array_flip([1.5,'a',null]),array_count_values([1.5,'a']),compact('v',
    'nope_var'),str_replace(['','a'],['x','y'],'ba'),str_starts_with('abc','ab'),
    json_decode('[1]',true,512,JSON_THROW_ON_ERROR),json_encode([1],JSON_THROW_ON_ERROR),
    '1.5'=='1.50','1e3'=='1000.0',strlen(null),(object)(object)['a'=>1],(function(Exception $e){ return get_class($e);
    })(new LogicException)];
parse_str('=1&a=2',$q);
$CONFIG['q']=$q;
$same=new stdClass;
$CONFIG['same']=[$same==$same,$same!=$same];
try { throw 5; } catch (Error $e) { $CONFIG['five']=$e->getMessage(); }
$arr=[1,2,3];
foreach($arr as $k=>&$x) { unset($arr[$k+1]); $CONFIG['seen'][]=$x; }
unset($x);
$CONFIG['get']=[$_GET,isset($_POST['x']),$_COOKIE['y']??'none'];
for($i=0;$i<2;) { $i++; }
$CONFIG['i']=$i;
unset(${'dyn'.'amic'});
$CONFIG['undef']=[isset($dynamic),@$nope1.'x'];
$CONFIG['constant']=['\n'=>1,PHP_EOL=>2][PHP_EOL];
$CONFIG['sums']=[array_sum([[1],2]),array_product([[5]]),1.5%2,7.5/2.5,(function(){ try { return 1/($GLOBALS['none']??0);
    } catch(DivisionByZeroError $e) { return $e->getMessage(); } })(),'9'|1];
$CONFIG['export']=[var_export(PHP_INT_MIN,true),(array)[1]];
$CONFIG['fv']=filter_var('5',FILTER_VALIDATE_INT,0);
$CONFIG['nested']=['a'=>['b'=>['c'=>['d'=>'e']]]];
$CONFIG['nested']['a']['b']['c']['d'].='f';
$CONFIG['nested']['a']['n']??='new';
$CONFIG['nested']['count']=($CONFIG['nested']['count']??0)+1;
