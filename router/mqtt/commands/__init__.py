"""Commands that rooms, operators and the war room send by MQTT, and the clients that send them."""
