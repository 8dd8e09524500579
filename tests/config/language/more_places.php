<?php
$a=['x'=>1];
$CONFIG['x']=['n'=>null];
$CONFIG['y']=$CONFIG['x']['n']['deep']['er']??'none';
$CONFIG['z']=isset($a['x']['y']);
$CONFIG['e']=[empty($a['q']),empty($nope->x->y),isset($nope->x),isset($a['x'],
    $a['q'])];
$t=true;
$CONFIG['s']=@$t['x'];
$n=5;
$CONFIG['n']=@$n['x'];
unset($nope['a']['b']);
try { unset($a['x']['y']); } catch (\Error $e) { $CONFIG['err0']=$e->getMessage();
    }
$str='s';
try { unset($str['y']); } catch (\Error $e) { $CONFIG['err00']=$e->getMessage();
    }
unset($undef->p->q);
$CONFIG['a']=$a;
$f=false;
@$f['k']=1;
$CONFIG['f']=$f;
try { $n['x']=1; } catch (\Error $e) { $CONFIG['err']=$e->getMessage(); }
$cl=fn()=>1;
try { $cl['x']; } catch (\Error $e) { $CONFIG['err2']=$e->getMessage(); }
try { $cl['x']=1; } catch (\Error $e) { $CONFIG['err3']=$e->getMessage(); }
try { $big=[PHP_INT_MAX=>1]; $big[]=2; } catch (\Error $e) { $CONFIG['err4']=$e->getMessage();
    }
try { $u2=null; $u2->p=1; } catch (\Error $e) { $CONFIG['err5']=$e->getMessage();
    }
$k='dyn';
$o=new stdClass;
$o->$k=5;
$o->list[]=1;
$CONFIG['o']=$o;
$GLOBALS['gg']=7;
$CONFIG['g']=$GLOBALS['gg'];
$CONFIG['i']=$cl->__invoke();
$CONFIG['m']=(fn(?int $x=null, int|string|null $y='d', bool $b=false, float $f=1,
     iterable $it=[], ?stdClass $o=null, mixed $mx=null)=>[$x,$y,$b,$f,$it,$mx])(null,
    5,1,'2');
$CONFIG['ns']=(null)?->foo()?->bar;
