<?php
$byValue=5;
$g=function() use ($byValue,$undefd) { return [$byValue++,$undefd]; };
$byValue=6;
$CONFIG['use']=[$g(),$g()];
function inLoop() { foreach([1,2] as $x) { if($x==2) return "got$x"; } }
$CONFIG['loop']=inLoop();
function fin() { foreach([1] as $x) { try { throw new Exception('lost'); } finally { return 'finally';
    } } }
$CONFIG['fin']=fin();
declare(ticks=1) { $CONFIG['declared']=1; }
$CONFIG['empty']=[];
foreach(5 as $never) $CONFIG['empty'][]=1;
$lit=['x'=>1];
$arr=['r'=>&$lit['x'],'k'=>1];
$lit['x']=2;
$CONFIG['arr']=$arr;
$base=['a'=>1];
$ref=&$base['a'];
$CONFIG['sum']=$base+['b'=>2];
$spread=[...$base,...['c'=>3]];
$ref=9;
$CONFIG['spread']=$spread;
$CONFIG['match']=match(true){ default=>'d', false=>'f' };
$CONFIG['null']=match(null){ null=>'n' };
$v=1;
$CONFIG['aug']=[$v+=2,$v-=1,$v*=5,$v/=2,$v%=3,$v.='x',$v??='no'];
$bits=6;
$bits&=3;
$CONFIG['bits']=[$bits,$bits|=8,$bits^=1,$bits<<=2,$bits>>=1];
$CONFIG['unset']=(unset_cast());
function unset_cast(){ return (array)null; }
list('a'=>$la,'b'=>list($lb))=['a'=>1,'b'=>[2]];
$CONFIG['list']=[$la,$lb];
[$p,[,$q]]=[1,[2,3]];
[$p,$q]=[$q,$p];
$CONFIG['pq']=[$p,$q];
$CONFIG['instance']=[new RuntimeException instanceof Exception,5 instanceof stdClass,
    new LogicException instanceof \Throwable,new Error instanceof Exception];
$CONFIG['chain']=['x'=>['y'=>fn($z)=>$z*2]]['x']['y'](4);
$CONFIG['str']="{$CONFIG['arr']['r']} {$g()[0]} \x4 \8 \101 \u{e9} $";
