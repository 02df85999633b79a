<?php
// The ERP of the demo as PHP's SoapServer plays it: another implementation of the same WSDL. Its books are a file.
class Erp {
    private string $books;
    function __construct() { $this->books = getenv('ERP_BOOKS'); }
    private function read(): array { return is_file($this->books) ? json_decode(file_get_contents($this->books), true) : []; }
    function CreateOrder($asked) {
        $order = $asked->Order;
        if ($order->Account === 'blocked') throw new SoapFault('Client', 'the account is blocked');
        if ($order->Account === 'broken') throw new SoapFault('Server', 'the database is away');
        $books = $this->read();
        $key = "{$order->Number}/{$order->Version}";
        $known = isset($books[$key]);
        $books[$key] ??= 'PHP-' . (count($books) + 1);
        file_put_contents($this->books, json_encode($books));
        return ['CreateOrderResult' => ['Key' => $key, 'ErpNumber' => $books[$key], 'Known' => $known]];
    }
    function GetOrder($asked) {
        $found = $this->read()[$asked->Key] ?? null;
        return ['GetOrderResult' => $found ? ['Key' => $asked->Key, 'ErpNumber' => $found, 'Known' => true] : null];
    }
}
$server = new SoapServer(getenv('ERP_WSDL'), ['cache_wsdl' => WSDL_CACHE_NONE]);
$server->setClass('Erp');
$server->handle();
