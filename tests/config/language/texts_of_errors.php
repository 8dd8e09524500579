<?php
foreach([fn()=>array_key_exists(1,5),fn()=>strpos('a','b',-9),fn()=>(function(false|int $x){return $x;})(false),
    fn()=>(function(?Exception $e){return $e;})(null),fn()=>(function(iterable $e){return $e;})(5),
    fn()=>(function(float $e){return $e;})('x'),fn()=>(function(int $e){return $e;})(1e30),
    fn()=>(function(int $e){return $e;})(NAN),fn()=>(function(string|int $e){return $e;})(1.5),
    fn()=>(function(bool $e){return $e;})('x'),fn()=>(function(array $e){return $e;})('x'),
    fn()=>(function(object $e){return 1;})(new stdClass),fn()=>(function(callable $e){return $e(' a ');})('trim'),
    fn()=>[1]<[2]?'y':'n',fn()=>[1,2]<[1]?'y':'n',fn()=>['a'=>1]==['b'=>1],fn()=>new stdClass==new stdClass,
    fn()=>new stdClass===new stdClass,fn()=>(object)['a'=>1]==(object)['a'=>2],
    fn()=>new stdClass==new Exception,fn()=>[]<=>'x',fn()=>'x'<=>[],fn()=>new stdClass<=>'x',
    fn()=>5<=>[],fn()=>null<=>'a',fn()=>''<=>null,fn()=>'a'<=>null,fn()=>null==[],
    fn()=>[1]===[1],fn()=>[1,2]===[2=>1],fn()=>'1'.'2'===12,fn()=>'99999999999999999999'=='99999999999999999998',
    fn()=>'1e1000'=='1e1001',fn()=>(array)null,fn()=>(array)(object)['a'=>1],
    fn()=>count((array)fn()=>1),fn()=>(object)5,fn()=>(object)null,fn()=>(bool)new stdClass,
    fn()=>(int)'1e1000',fn()=>(string)NAN.(string)-INF,fn()=>(array)'x',fn()=>1.5%'2',
    fn()=>(float)'  1.5',fn()=>(float)null,fn()=>(int)null.(int)true,fn()=>[null=>1,
    true=>2,'08'=>3,'8'=>4],fn()=>(function(){ $a=''; $a--; $b='x'; $b--; $c='';
    $c++; $d='a-9'; $d++; $e='zz'; $e++; $f=false; $f++; $g=PHP_INT_MAX; $g++;
    return [$a,$b,$c,$d,$e,$f,$g]; })(),fn()=>(function(){ $x=[]; $x++; })(),
    fn()=>(function(){ $x=new stdClass; $x--; })(),fn()=>max(...[[]]),fn()=>throw new Error('t'),
    fn()=>trim(...['string'=>' x ']),fn()=>max(...5),fn()=>current(5),fn()=>implode(',',
    [1,[2],null]),fn()=>-'abc',fn()=>'abc'**2,fn()=>0**-1,fn()=>(-8)**0.5,fn()=>(-2)**1001,
    fn()=>(-2.0)**2001,fn()=>2**1024,fn()=>1**5000000,fn()=>(-1)**5000001,fn()=>0**0,
    fn()=>10**400] as $i=>$f) { try { $CONFIG["r$i"]=var_export($f(),true); }
    catch (\Throwable $e) { $CONFIG["e$i"]=get_class($e).': '.explode(', called in',
    $e->getMessage())[0]; } }
